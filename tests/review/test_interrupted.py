"""An approval of sixty texts, interrupted: the process killed, the connection dropped. All of it is
done or nothing, everything fits, and doing it again works."""

import json
import os
import signal
import time

import pytest
from django.db import OperationalError, connection, connections

from review import workflow
from review.models import LedgerEntry, ReviewRequest, Revision, SignOff
from tests import factories as f
from topics.models import Topic

from .records import everything, problems

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = 60
DONE, FAILED = 0, 7


@pytest.fixture
def approval(people):
    """``approval()`` approves a request of sixty texts."""
    guide, by = f.make_guide(), people.editor
    topics = [f.make_topic(guide) for _ in range(TEXTS)]
    request = workflow.submit([f.save(topic, "en", by) for topic in topics], by=by)
    advisor, seen = people.advisor, f.expected(request)

    def approve():
        return workflow.approve(request, by=advisor, expected=seen)

    approve.request = request
    return approve


def in_a_process(action):
    """Start ``action`` in a process of its own, which ends with it. Returns its id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    code = FAILED
    try:
        action()
        code = DONE
    finally:
        os._exit(code)


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def nothing_happened(before):
    assert everything(Topic) == before
    assert problems() == []


def all_is_done(approval):
    assert ReviewRequest.objects.get().state == "published"
    assert SignOff.objects.count() == TEXTS
    assert len(list(Topic.objects.public("en"))) == TEXTS
    assert set(Revision.objects.values_list("state", flat=True)) == {"approved"}
    assert LedgerEntry.objects.filter(event="item:publish").count() == TEXTS
    assert problems() == []


class DiesAt:
    """Ends the process before its ``at``-th statement, as a power cut would."""

    def __init__(self, at):
        self.left = at

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def statements(approval):
    """The statements of an approval, each as its words alone, told by one that is thrown away."""
    told, tell = os.pipe()
    counted = []

    def count(execute, sql, params, many, context):
        counted.append(sql.partition(" VALUES ")[0][:200])
        return execute(sql, params, many, context)

    def throw_away():
        with os.fdopen(tell, "w") as out:
            json.dump(counted, out)
        os._exit(DONE)

    def rehearse():
        connection.commit = throw_away
        with connection.execute_wrapper(count):
            approval()

    child = in_a_process(rehearse)
    os.close(tell)
    with os.fdopen(told) as read:
        words = json.load(read)
    assert ended(child) == DONE
    return words


@pytest.mark.fault("kill -9", "a process", "approving sixty texts, at any statement")
def test_killed_at_any_statement_nothing_happened_and_the_retry_works(approval):
    before, words = everything(Topic), statements(approval)
    assert 20 < len(words) < TEXTS

    for point, statement in enumerate(words, start=1):

        def approve(point=point):
            with connection.execute_wrapper(DiesAt(point)):
                approval()

        assert ended(in_a_process(approve)) == -signal.SIGKILL
        assert everything(Topic) == before, statement
    assert problems() == []

    approval()
    all_is_done(approval)


@pytest.mark.fault("kill -9", "a process", "approving sixty texts, before the commit")
def test_killed_when_it_was_about_to_commit_nothing_happened(approval):
    before = everything(Topic)

    def approve():
        connection.ensure_connection()
        connection.commit = lambda: os.kill(os.getpid(), signal.SIGKILL)
        approval()

    assert ended(in_a_process(approve)) == -signal.SIGKILL
    nothing_happened(before)
    approval()
    all_is_done(approval)


@pytest.mark.fault("kill -9", "a process", "approving sixty texts, after the commit")
def test_killed_just_after_the_commit_all_is_done_and_the_retry_says_so(approval):
    def approve():
        connection.ensure_connection()
        commit = connection.commit

        def commit_and_die():
            commit()
            os.kill(os.getpid(), signal.SIGKILL)

        connection.commit = commit_and_die
        approval()

    assert ended(in_a_process(approve)) == -signal.SIGKILL
    all_is_done(approval)
    with pytest.raises(workflow.TransitionNotAllowed, match="no longer open"):
        approval()


@pytest.mark.fault("kill -9", "a process", "approving sixty texts, at any moment")
def test_killed_at_any_moment_it_is_all_or_nothing(approval):
    before = everything(Topic)
    for part in range(1, 7):
        child = in_a_process(approval)
        time.sleep(part * 0.13)
        os.kill(child, signal.SIGKILL)
        ended(child)

        if ReviewRequest.objects.get().state == "published":
            break  # it was faster than the murderer
        nothing_happened(before)
    else:
        approval()
    all_is_done(approval)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connection to drop")
@pytest.mark.parametrize("at", [2, 10, 20])
@pytest.mark.fault("gone and back", "a connection to PostgreSQL", "approving sixty texts")
def test_a_connection_that_drops_undoes_all_and_the_same_process_tries_again(approval, at):
    before = everything(Topic)
    (told, tell), (go, say_go) = os.pipe(), os.pipe()
    left = [at]

    def pause(execute, sql, params, many, context):
        left[0] -= 1
        if not left[0]:
            os.write(tell, b"%d\n" % connection.connection.info.backend_pid)
            os.read(go, 1)
        return execute(sql, params, many, context)

    def approve():
        with connection.execute_wrapper(pause), pytest.raises(OperationalError):
            approval()
        connection.close()  # as the next request of that process does
        os.write(tell, b"-\n")
        os.read(go, 1)
        approval()

    child = in_a_process(approve)
    os.close(tell)  # the child's: if it ends early, nothing waits for a word of it
    os.close(go)
    backend = int(os.read(told, 20))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    os.write(say_go, b".")
    assert os.read(told, 20) == b"-\n"
    nothing_happened(before)
    os.write(say_go, b".")

    assert ended(child) == DONE
    all_is_done(approval)
