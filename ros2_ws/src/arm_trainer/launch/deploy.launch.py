"""Deploys a trained policy: `ros2 launch arm_trainer deploy.launch.py policy:=logs/…`.

Starts the controller and a real-time simulator; `sim:=false` for a real arm.
"""

from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, Shutdown
from launch.conditions import IfCondition
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

# Name, type, default, description: parameters of the controller, which checks the values.
CONTROLLER = [
    ("policy", str, "", "Policy bundle, or run folder that contains it (required)"),
    ("model", str, "fetch_arm", "Name of a built-in robot, or path to an MJCF or URDF file"),
    ("scene", str, "", "Path to a scene YAML"),
    ("task", str, "", "A task of your own that the policy was trained on: path/to/file.py:Class"),
    ("action", str, "", "An action of your own that it was trained with, likewise"),
    ("autostart", bool, "true", "Configure and activate as soon as joint states arrive"),
    (
        "command_interface",
        str,
        "joint_command",
        "joint_command, joint_trajectory or position_array",
    ),
    ("command_gripper", bool, "true", "Whether commands contain the gripper's joints"),
    (
        "shadow",
        bool,
        "false",
        "Publish commands on shadow_command only, so that the arm does not move",
    ),
    ("speed_scale", float, "1.0", "Factor for the joints' velocity limits, at most 1"),
    (
        "max_observation_age",
        float,
        "0.0",
        "Age, s, after which a joint state or an image is stale and the arm is held; 0: two "
        "control periods",
    ),
    ("targets_file", str, "", "YAML file of targets to reach one after the other"),
    ("use_sim_time", bool, "false", "Whether to take the time from the topic clock"),
]
# Name, default, description: parameters of the simulator, if one is started.
SIMULATOR = [
    (
        "scene_changes",
        "",
        "The objects of the policy's task: path to scene_changes.yaml in its run folder",
    ),
    ("realtime_factor", "1.0", "Simulated seconds per second"),
    ("observation_delay", "0.0", "Delay of the simulator's joint states, s"),
    ("command_delay", "0.0", "Delay of commands in the simulator, s"),
    ("cameras", "all", "Cameras to publish: all, none, or names joined by commas"),
    # For a policy with cameras: small images, at twice the control rate.
    ("camera_rate", "40.0", "Images per simulated second and camera"),
    ("image_width", "64", "Image width, px; best the size that the policy was trained with"),
    ("image_height", "64", "Image height, px"),
    ("web_port", "0", "Port on this machine for the view in a browser; 0: none"),
    ("rviz", "false", "Whether to start view.launch.py too: markers, and RViz if it is installed"),
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
                    "scene": LaunchConfiguration("scene"),
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
