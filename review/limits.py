"""How often one connection may do something: counted in the cache, by a keyed hash of its address,
which is kept nowhere itself."""

import logging
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac

logger = logging.getLogger("review.limits")

HOUR = 3600  # seconds


def over(what, who, most, window=HOUR):
    """Count one more ``what`` by ``who``: True once that is more than ``most`` within the window.

    A cache that is away limits nobody: better a flood than a reader turned away.
    """
    name = f"limit:{what}:{salted_hmac('limit', who).hexdigest()}"
    try:
        cache.add(name, 0, window)
        return cache.incr(name) > most
    except ValueError:  # it has run out since
        return False
    except Exception:  # a cache's errors have no common class
        logger.exception("The cache does not answer: nobody is limited.")
        return False


def address(request):
    """The address somebody comes from; of IPv6 the part that one household shares."""
    given = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:  # the proxy adds the address that it sees as the last one
        given = request.META.get("HTTP_X_FORWARDED_FOR", given).rpartition(",")[2].strip()
    try:
        known = ip_address(given)
    except ValueError:
        return given
    if known.version == 6:
        return str(ip_network(f"{known}/64", strict=False).network_address)
    return given
