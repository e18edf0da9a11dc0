"""What each machine needs when it starts, and what is the same for all of them: it is read or made once."""

from functools import cache

import yaml
from botocore import session
from botocore.loaders import create_loader
from moto.kms import models as moto_kms
from moto.kms.utils import generate_private_key

from infra.machine.engines.moto.swaps import Patch, Swap, instead

QUICK_START = Patch(
    name="quick-start",
    purpose="AWS's models are read, and KMS's own key is made, once and not for each machine; libyaml reads templates.",
    swaps=(
        Swap(session, "create_loader", instead(cache(create_loader))),
        Swap(moto_kms, "generate_private_key", instead(cache(generate_private_key))),
        Swap(yaml, "Loader", lambda present: getattr(yaml, "CLoader", present)),
    ),
)
