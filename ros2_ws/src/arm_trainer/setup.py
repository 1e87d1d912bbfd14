from glob import glob

from setuptools import find_packages, setup

package = "arm_trainer"

setup(
    name=package,
    version="0.1.0",
    packages=find_packages(exclude=["test", "test.*"]),
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{package}"]),
        (f"share/{package}", ["package.xml"]),
        (f"share/{package}/launch", glob("launch/*.launch.py")),
        (f"share/{package}/config", glob("config/*.yaml")),
        (f"share/{package}/config/tasks", glob("config/tasks/*.yaml")),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="The arm stack's maintainers",
    maintainer_email="maintainers@arm-stack.example.org",
    description="Trains policies for an arm over ROS 2 topics and deploys them.",
    license="Apache-2.0",
    entry_points={
        "console_scripts": [
            "train = arm_trainer.cli.train:main",
            "evaluate = arm_trainer.cli.evaluate:main",
            "export = arm_trainer.cli.export:main",
            "compare = arm_trainer.cli.compare:main",
            "controller_node = arm_trainer.ros.controller_node:main",
            "demo = arm_trainer.cli.demo:main",
            "check_task = arm_trainer.cli.check_task:main",
        ]
    },
)
