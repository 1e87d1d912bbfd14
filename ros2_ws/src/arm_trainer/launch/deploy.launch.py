"""A trained policy as controller: `ros2 launch arm_trainer deploy.launch.py policy:=logs/…`.

Starts a real-time simulator beside the controller; `sim:=false` where there is a real arm.
"""

from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, Shutdown
from launch.conditions import IfCondition
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

# Argument, type, default, description: parameters of the controller, which checks the values.
CONTROLLER = [
    ("policy", str, "", "Policy bundle, or the run folder that holds it (always needed)"),
    ("model", str, "fetch_arm", "Built-in robot's name, or path to an MJCF file"),
    ("autostart", bool, "true", "Configure and activate once the robot is heard"),
    (
        "command_interface",
        str,
        "joint_command",
        "joint_command, joint_trajectory or position_array",
    ),
    ("command_gripper", bool, "true", "Whether commands name the gripper's joints too"),
    ("shadow", bool, "false", "Publish commands on shadow_command and leave the arm alone"),
    ("speed_scale", float, "1.0", "What the velocity limits are multiplied by, at most 1"),
    (
        "max_observation_age",
        float,
        "0.0",
        "Seconds until a joint state or a frame is stale and the arm holds; 0: two control periods",
    ),
    ("targets_file", str, "", "YAML file of targets to go through, one after the other"),
    ("use_sim_time", bool, "false", "Whether the clock is that of the topic clock"),
]
# Argument, default, description: the simulator's, where one is started.
SIMULATOR = [
    ("realtime_factor", "1.0", "Simulated seconds per second"),
    ("observation_delay", "0.0", "Seconds by which the simulator's states come late"),
    ("command_delay", "0.0", "Seconds by which commands apply late in the simulator"),
    ("cameras", "all", "Cameras to publish: all, none, or names joined by commas"),
    # As a policy that sees wants them: small, and oftener than it commands.
    ("camera_rate", "40.0", "Images per simulated second and camera"),
    ("image_width", "64", "Image width, px; a policy's own image size is best"),
    ("image_height", "64", "Image height, px"),
    ("web_port", "0", "Port on this machine for a view in the browser; 0 for none"),
    ("rviz", "false", "Whether the simulator comes with view.launch.py: markers, RViz where it is"),
]


def generate_launch_description():
    namespace = LaunchConfiguration("namespace")
    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(name, default_value=default, description=description)
                for name, _, default, description in CONTROLLER
            ),
            DeclareLaunchArgument(
                "sim", default_value="true", description="Whether to start a simulator"
            ),
            *(
                DeclareLaunchArgument(name, default_value=default, description=description)
                for name, default, description in SIMULATOR
            ),
            DeclareLaunchArgument(
                "namespace", default_value="", description="Namespace of the nodes"
            ),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(
                    PathJoinSubstitution([FindPackageShare("arm_sim"), "launch", "sim.launch.py"])
                ),
                launch_arguments={
                    "model": LaunchConfiguration("model"),
                    "mode": "realtime",
                    "num_arms": "1",
                    "namespace": namespace,
                    **{name: LaunchConfiguration(name) for name, _, _ in SIMULATOR},
                }.items(),
                condition=IfCondition(LaunchConfiguration("sim")),
            ),
            Node(
                package="arm_trainer",
                executable="controller_node",
                name="arm_controller",
                namespace=namespace,
                output="screen",
                # The simulator's clock is in its namespace.
                remappings=[("/clock", "clock")],
                parameters=[
                    {
                        name: ParameterValue(LaunchConfiguration(name), value_type=kind)
                        for name, kind, _, _ in CONTROLLER
                    }
                ],
                on_exit=Shutdown(),
            ),
        ]
    )
