"""What the evidence app does by the clock."""

from django_tasks import task

from review import jobs

from .watch import arrivals, asking


@task()
def watch():
    """Ask what is new about the watched texts; raises ``services.NotAnswered``."""
    found = asking.ask()
    jobs.ended_well("watch_evidence")
    return {"asked": len(found), "new": sum(each.state == arrivals.NEW for each in found)}
