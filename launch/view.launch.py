"""arm_sim's view.launch.py from the source tree; see its arguments with --show-args."""

from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription


def generate_launch_description():
    file = PathJoinSubstitution([FindPackageShare("arm_sim"), "launch", "view.launch.py"])
    return LaunchDescription([IncludeLaunchDescription(PythonLaunchDescriptionSource(file))])
