"""In which order several workers play the tests."""


def deal(items, workers, longest):
    """Sort ``items`` so that each of as many equal parts of them begins with a fair share of the
    modules named in ``longest`` (end of a path to seconds); a module's tests stay together."""
    modules = {}
    for item in items:
        modules.setdefault(item.path, []).append(item)
    long = {}
    for path in list(modules):
        for name, seconds in longest.items():
            if path.as_posix().endswith(f"/tests/{name}"):
                long[path] = seconds
    hands, loads = [[] for _ in range(workers)], [0] * workers
    for path in sorted(long, key=long.get, reverse=True):
        lightest = loads.index(min(loads))
        hands[lightest] += modules.pop(path)
        loads[lightest] += long[path]
    rest = [item for module in modules.values() for item in module]
    dealt = []
    for number, hand in enumerate(hands):
        part = (len(items) - len(dealt)) // (workers - number)
        count = max(0, part - len(hand))
        dealt += hand + rest[:count]
        del rest[:count]
    items[:] = dealt
