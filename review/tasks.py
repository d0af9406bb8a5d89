"""What runs beside the answers to people: from a page, from cron, or by the task worker."""

from django_tasks import task

from . import jobs, reports, workflow
from .desk import presence
from .notices import mail, reminders, telling


@task()
def tell():
    """Note what happened, and send the mail that goes at once."""
    telling.catch_up()
    return mail.send()._asdict()


@task()
def send_reminders():
    """The daily run: what is due, every mail that waits, and the traces of who has left, readers'
    words among them."""
    reports.purge()
    telling.catch_up()
    noted = reminders.remind()
    sent = mail.send(daily=True)
    presence.gone()
    if not sent.problem:
        jobs.ended_well("send_reminders")
    return {"noted": noted, **sent._asdict()}


@task()
def publish_due():
    """Make public what is signed and whose time has come, then tell of it."""
    done = workflow.publish_due()
    jobs.ended_well("publish_due")  # what was refused stands on the desk
    refused = [
        f"{type(due)._meta.verbose_name} {due}: {problem}" for due, problem in done if problem
    ]
    return {"published": len(done) - len(refused), "refused": refused, **tell.call()}
