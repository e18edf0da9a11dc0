"""The service that identifies customers, over these stores."""

from chalicelib.adapters.identity import Identity
from chalicelib.services.identify import Identify
from chalicelib.services.refusals import PassOnRefusals
from tests.contract.engines import Stores
from tests.fakes import SECRET


def identify_on(stores: Stores) -> Identify:
    """The service, which knows people by the hashes of the tests' secret."""
    identity = Identity(SECRET)
    return Identify(
        store=stores.names,
        bearers=stores.bearers,
        moves=stores.moves,
        visitors=stores.visitors,
        names=identity.names,
        erased=stores.suppressions.erased,
        pass_on=PassOnRefusals(stores.facts, identity.address_hash),
    )
