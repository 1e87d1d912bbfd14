"""Connections to a simulator that lose or repeat messages."""

from rclpy.publisher import Publisher

from arm_trainer.ros.simulator_connection import Message, SimulatorConnection


class LosesCommands(SimulatorConnection):
    """Loses every ninth command or reset on its way to the simulator."""

    sent = 0

    def send(self, publisher: Publisher, message: Message) -> None:
        self.sent += 1
        if self.sent % 9:
            super().send(publisher, message)


class Repeating(SimulatorConnection):
    """Sends everything twice."""

    def send(self, publisher: Publisher, message: Message) -> None:
        super().send(publisher, message)
        super().send(publisher, message)
