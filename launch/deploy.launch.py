"""Includes the launch file of the same name of arm_trainer; `--show-args` lists its arguments."""

from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription


def generate_launch_description():
    file = PathJoinSubstitution([FindPackageShare("arm_trainer"), "launch", "deploy.launch.py"])
    return LaunchDescription([IncludeLaunchDescription(PythonLaunchDescriptionSource(file))])
