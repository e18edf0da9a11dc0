"""How Hypothesis looks for examples: the same ones every time, as many as the suite's five minutes allow."""

import os

from hypothesis import HealthCheck, Phase, settings

PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink]
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    phases=PHASES,
    suppress_health_check=SLOW_IS_FINE,
)
settings.register_profile(
    "thorough", deadline=None, max_examples=1000, phases=PHASES, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
