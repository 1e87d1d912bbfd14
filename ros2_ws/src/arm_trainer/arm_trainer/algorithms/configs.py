"""Settings of the learning algorithms, named as in Stable-Baselines3's constructors."""

from typing import ClassVar

import pydantic

from arm_sim.common.config import settings


@settings
class LearnerSettings:
    """Settings that every algorithm has.

    Attributes:
        policy_fields: The fields that are arguments of the policy network, not of the algorithm.
    """

    policy_fields: ClassVar[tuple[str, ...]] = ("net_arch",)

    learning_rate: float = pydantic.Field(gt=0, description="Learning rate at the start")
    final_learning_rate: float = pydantic.Field(
        gt=0, description="Learning rate at the end, approached linearly"
    )
    gamma: float = pydantic.Field(gt=0, le=1, description="Discount factor per control period")
    net_arch: list[pydantic.PositiveInt] = pydantic.Field(
        description="Units of the hidden layers of actor and critic"
    )


@settings
class OnPolicySettings(LearnerSettings):
    """Settings that PPO and A2C share."""

    policy_fields: ClassVar[tuple[str, ...]] = ("net_arch", "log_std_init")

    n_steps: int = pydantic.Field(ge=1, description="Control periods of each arm per update")
    gae_lambda: float = pydantic.Field(
        ge=0, le=1, description="λ of generalised advantage estimation"
    )
    ent_coef: float = pydantic.Field(ge=0, description="Weight of the entropy bonus")
    vf_coef: float = pydantic.Field(ge=0, description="Weight of the value function's loss")
    max_grad_norm: float = pydantic.Field(gt=0, description="Gradients are clipped to this norm")
    log_std_init: float = pydantic.Field(
        description="Logarithm of the exploration noise's standard deviation at the start"
    )


@settings
class PPOSettings(OnPolicySettings):
    """Proximal policy optimisation (Schulman et al., 2017)."""

    batch_size: int = pydantic.Field(ge=2, description="Samples per gradient step")
    n_epochs: int = pydantic.Field(ge=1, description="Passes over the rollout per update")
    clip_range: float = pydantic.Field(
        gt=0, description="Bound on the change of an action's probability ratio"
    )


@settings
class A2CSettings(OnPolicySettings):
    """Advantage actor-critic (Mnih et al., 2016), optimised by Adam."""

    normalize_advantage: bool = pydantic.Field(description="Scale advantages to unit variance")


@settings
class OffPolicySettings(LearnerSettings):
    """Settings of the algorithms with a replay buffer and automatic entropy tuning."""

    buffer_size: int = pydantic.Field(ge=1000, description="Transitions in the replay buffer")
    learning_starts: int = pydantic.Field(
        ge=0, description="Steps with random actions before the first update"
    )
    batch_size: int = pydantic.Field(ge=2, description="Transitions per gradient step")
    train_freq: int = pydantic.Field(ge=1, description="Control periods between updates")
    gradient_steps: int = pydantic.Field(ge=1, description="Gradient steps per update")
    ent_coef: str = pydantic.Field(
        pattern=r"^auto(_(0\.0*[1-9]\d*|[1-9]\d*(\.\d+)?))?$",
        description="Entropy coefficient: 'auto' or 'auto_<first value>'",
    )
    her: bool = pydantic.Field(
        False,
        strict=True,
        description="Hindsight experience replay: learn from a sparse reward, with goals that were "
        "reached by chance in place of those that were missed",
    )


@settings
class SACSettings(OffPolicySettings):
    """Soft actor-critic (Haarnoja et al., 2018)."""

    tau: float = pydantic.Field(gt=0, le=1, description="Averaging rate of the target critics")


@settings
class CrossQSettings(OffPolicySettings):
    """CrossQ (Bhatt et al., 2024): SAC without target critics, with batch normalisation."""

    policy_delay: int = pydantic.Field(ge=1, description="Critic updates for each actor update")


@settings
class TQCSettings(SACSettings):
    """Truncated quantile critics (Kuznetsov et al., 2020): SAC with distributional critics."""

    policy_fields: ClassVar[tuple[str, ...]] = ("net_arch", "n_quantiles", "n_critics")

    n_critics: int = pydantic.Field(ge=1, description="Critic networks")
    n_quantiles: int = pydantic.Field(ge=1, description="Quantiles of the return per critic")
    top_quantiles_to_drop_per_net: int = pydantic.Field(
        ge=0, description="Highest quantiles per critic that are left out of the target"
    )

    @pydantic.model_validator(mode="after")
    def _some_quantiles_are_kept(self) -> "TQCSettings":
        if self.top_quantiles_to_drop_per_net >= self.n_quantiles:
            raise ValueError(
                f"top_quantiles_to_drop_per_net must be less than n_quantiles ({self.n_quantiles})"
            )
        return self
