"""A check of the same bytes is made once; any other byte makes another check of it."""

from review.quality.once import once


def asked(size=10):
    calls = []

    @once(size)
    def check(*arguments):
        calls.append(arguments)
        return tuple(arguments)

    return check, calls


def test_the_same_is_asked_once():
    check, calls = asked()

    assert check("a text", ("b", True)) == check("a text", ("b", True)) == ("a text", ("b", True))

    assert len(calls) == 1


def test_whatever_differs_is_asked_anew():
    check, calls = asked(size=50)
    different = [("a", "b"), ("ab", ""), ("a', 'b",), ("a", None), ("a", "None"), (("a",), "b")]
    different += [("a", True), ("a", "é"), ("a", "e\u0301"), ("a", "\ud800"), ("a b",)]

    for arguments in different * 2:
        assert check(*arguments) == arguments

    assert calls == different


def test_only_the_last_answers_are_kept():
    check, calls = asked(size=2)

    for text in ("a", "b", "c", "a"):
        check(text)

    assert [text for (text,) in calls] == ["a", "b", "c", "a"]
