"""The simulator: `ros2 launch arm_sim sim.launch.py mode:=lockstep num_arms:=16`."""

from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, Shutdown
from launch.conditions import IfCondition
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from arm_sim.ros.node_parameters import parameters_of
from arm_sim.simulation.sim_config import SimConfig
from launch import LaunchDescription

# Parameters of sim_node that are launch arguments; the node checks the values.
ARGUMENTS = (
    "model",
    "scene",
    "scene_changes",
    "mode",
    "num_arms",
    "realtime_factor",
    "observation_delay",
    "observation_jitter",
    "command_delay",
    "command_jitter",
    "cameras",
    "camera_rate",
    "image_width",
    "image_height",
    "image_quality",
    "web_port",
)


def generate_launch_description():
    parameters = [found for found in parameters_of(SimConfig) if found.name in ARGUMENTS]
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
                DeclareLaunchArgument(
                    found.name,
                    default_value=str(found.default),
                    description=found.info.description,
                )
                for found in parameters
            ),
            Node(
                package="arm_sim",
                executable="sim_node",
                name="arm_sim",
                namespace=LaunchConfiguration("namespace"),
                output="screen",
                parameters=[
                    {
                        found.name: ParameterValue(
                            LaunchConfiguration(found.name), value_type=type(found.default)
                        )
                        for found in parameters
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
                    "scene": LaunchConfiguration("scene"),
                    "scene_changes": LaunchConfiguration("scene_changes"),
                    "namespace": LaunchConfiguration("namespace"),
                    "use_sim_time": "true",
                }.items(),
                condition=IfCondition(LaunchConfiguration("rviz")),
            ),
        ]
    )
