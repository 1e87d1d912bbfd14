from glob import glob

from setuptools import find_packages, setup

package = "arm_sim"

setup(
    name=package,
    version="0.1.0",
    packages=find_packages(exclude=["test", "test.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{package}"]),
        (f"share/{package}", ["package.xml"]),
        (f"share/{package}/launch", glob("launch/*.launch.py")),
        (f"share/{package}/rviz", glob("rviz/*.rviz")),
        (f"share/{package}/models", glob("models/*.xml") + glob("models/*.yaml")),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="The arm stack's maintainers",
    maintainer_email="maintainers@arm-stack.example.org",
    description="A MuJoCo simulation of one or many arms as a ROS 2 node.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "sim_node = arm_sim.ros.sim_node:main",
            "check_robot = arm_sim.cli.check_robot:main",
            "marker_node = arm_sim.ros.marker_node:main",
            "print_urdf = arm_sim.cli.print_urdf:main",
        ]
    },
)
