"""RViz beside a robot or simulator: `ros2 launch arm_sim view.launch.py`.

Starts the markers always, robot_state_publisher and RViz where they are installed: they come with
an apt ROS and not with the wheels.
"""

import os

from ament_index_python.packages import PackageNotFoundError, get_package_prefix
from launch.actions import DeclareLaunchArgument, GroupAction, Shutdown
from launch.conditions import IfCondition, UnlessCondition
from launch.substitutions import Command, LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription

# What ROS names absolutely goes into the namespace too, so that two robots stay apart.
REMAPPINGS = [(f"/{name}", name) for name in ("tf", "tf_static", "clock")]


def installed(package):
    try:
        get_package_prefix(package)
    except PackageNotFoundError:
        return False
    return True


def generate_launch_description():
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    model, scene = LaunchConfiguration("model"), LaunchConfiguration("scene")
    namespace = LaunchConfiguration("namespace")
    use_sim_time = ParameterValue(LaunchConfiguration("use_sim_time"), value_type=bool)
    actions = [
        DeclareLaunchArgument(
            "model",
            default_value="fetch_arm",
            description="Built-in robot's name, or path to an MJCF or URDF file",
        ),
        DeclareLaunchArgument("scene", default_value="", description="Path to a scene YAML"),
        DeclareLaunchArgument(
            "scene_changes",
            default_value="",
            description="What a task changes in the scene: path to the YAML file in its run folder",
        ),
        DeclareLaunchArgument(
            "namespace", default_value="", description="Namespace of the robot that is looked at"
        ),
        DeclareLaunchArgument(
            "rviz", default_value="true", description="Whether to start RViz, where it is installed"
        ),
        DeclareLaunchArgument(
            "headless",
            default_value="false" if display else "true",
            description="Whether there is no display: then RViz is not started",
        ),
        DeclareLaunchArgument(
            "use_sim_time",
            default_value="true",
            description="Whether time is the simulator's clock; false beside a real arm",
        ),
        Node(
            package="arm_sim",
            executable="marker_node",
            name="arm_markers",
            namespace=namespace,
            output="screen",
            parameters=[
                {
                    "model": ParameterValue(model, value_type=str),
                    "scene": ParameterValue(scene, value_type=str),
                    "scene_changes": ParameterValue(
                        LaunchConfiguration("scene_changes"), value_type=str
                    ),
                }
            ],
            on_exit=Shutdown(),
        ),
    ]
    if installed("robot_state_publisher"):
        print_urdf = os.path.join(get_package_prefix("arm_sim"), "lib", "arm_sim", "print_urdf")
        command = Command(["'", print_urdf, "' '", model, "' '", scene, "'"])
        description = ParameterValue(command, value_type=str)
        actions.append(
            Node(
                package="robot_state_publisher",
                executable="robot_state_publisher",
                namespace=namespace,
                output="screen",
                parameters=[{"robot_description": description, "use_sim_time": use_sim_time}],
                remappings=REMAPPINGS,
            )
        )
    if installed("rviz2"):
        config = PathJoinSubstitution([FindPackageShare("arm_sim"), "rviz", "arm.rviz"])
        rviz = Node(
            package="rviz2",
            executable="rviz2",
            namespace=namespace,
            output="screen",
            arguments=["-d", config],
            parameters=[{"use_sim_time": use_sim_time}],
            remappings=REMAPPINGS,
            condition=IfCondition(LaunchConfiguration("rviz")),
        )
        headless = UnlessCondition(LaunchConfiguration("headless"))
        actions.append(GroupAction([rviz], condition=headless))
    return LaunchDescription(actions)
