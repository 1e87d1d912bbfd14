"""The simulator: `ros2 launch arm_sim sim.launch.py mode:=lockstep num_arms:=16`."""

from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, Shutdown
from launch.conditions import IfCondition
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

# Argument, type, default, description. The node checks the values.
ARGUMENTS = [
    ("model", str, "fetch_arm", "Built-in robot's name, or path to an MJCF file"),
    (
        "mode",
        str,
        "realtime",
        "realtime: time follows the wall clock; lockstep: only messages move it",
    ),
    ("num_arms", int, "1", "Number of arms in one message"),
    ("realtime_factor", float, "1.0", "Simulated seconds per second, in real time"),
    ("observation_delay", float, "0.0", "Seconds by which states and images come late, real time"),
    ("observation_jitter", float, "0.0", "Largest extra delay drawn for each state, s, real time"),
    ("command_delay", float, "0.0", "Seconds by which commands apply late, in real time"),
    ("command_jitter", float, "0.0", "Largest extra delay drawn for each command, s, real time"),
    ("cameras", str, "all", "Cameras to publish: all, none, or names joined by commas"),
    ("camera_rate", float, "10.0", "Images per simulated second and camera, in real time"),
    ("image_width", int, "320", "Image width, px"),
    ("image_height", int, "240", "Image height, px"),
    ("image_quality", str, "fast", "fast or high"),
    ("web_port", int, "0", "Port on this machine for a view in the browser; 0 for none"),
]


def generate_launch_description():
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "namespace", default_value="", description="Namespace of the nodes"
            ),
            DeclareLaunchArgument(
                "rviz",
                default_value="false",
                description="Whether to start view.launch.py too: markers, RViz where it is",
            ),
            *(
                DeclareLaunchArgument(name, default_value=default, description=description)
                for name, _, default, description in ARGUMENTS
            ),
            Node(
                package="arm_sim",
                executable="sim_node",
                name="arm_sim",
                namespace=LaunchConfiguration("namespace"),
                output="screen",
                parameters=[
                    {
                        name: ParameterValue(LaunchConfiguration(name), value_type=kind)
                        for name, kind, _, _ in ARGUMENTS
                    }
                ],
                on_exit=Shutdown(),
            ),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(
                    PathJoinSubstitution([FindPackageShare("arm_sim"), "launch", "view.launch.py"])
                ),
                launch_arguments={
                    "model": LaunchConfiguration("model"),
                    "namespace": LaunchConfiguration("namespace"),
                    "use_sim_time": "true",
                }.items(),
                condition=IfCondition(LaunchConfiguration("rviz")),
            ),
        ]
    )
