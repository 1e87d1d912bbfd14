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


def generate_launch_description():
    model = LaunchConfiguration("model")
    namespace = LaunchConfiguration("namespace")
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "policy",
                default_value="",
                description="Policy bundle, or the run folder that holds it (always needed)",
            ),
            DeclareLaunchArgument(
                "sim", default_value="true", description="Whether to start a simulator"
            ),
            DeclareLaunchArgument(
                "model",
                default_value="fetch_arm",
                description="Built-in robot's name, or path to an MJCF file",
            ),
            DeclareLaunchArgument(
                "realtime_factor", default_value="1.0", description="Simulated seconds per second"
            ),
            DeclareLaunchArgument(
                "max_observation_age",
                default_value="0.1",
                description="Seconds without a fresh joint state until the arm holds",
            ),
            DeclareLaunchArgument(
                "namespace", default_value="", description="Namespace of the nodes"
            ),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(
                    PathJoinSubstitution([FindPackageShare("arm_sim"), "launch", "sim.launch.py"])
                ),
                launch_arguments={
                    "model": model,
                    "mode": "realtime",
                    "num_arms": "1",
                    "realtime_factor": LaunchConfiguration("realtime_factor"),
                    "namespace": namespace,
                }.items(),
                condition=IfCondition(LaunchConfiguration("sim")),
            ),
            Node(
                package="arm_trainer",
                executable="controller_node",
                name="arm_controller",
                namespace=namespace,
                output="screen",
                parameters=[
                    {
                        "policy": ParameterValue(LaunchConfiguration("policy"), value_type=str),
                        "model": ParameterValue(model, value_type=str),
                        "max_observation_age": ParameterValue(
                            LaunchConfiguration("max_observation_age"), value_type=float
                        ),
                    }
                ],
                on_exit=Shutdown(),
            ),
        ]
    )
