"""Making a release: which pages are made anew and why, the walk from link to link, what is dead."""

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

from django.conf import settings
from django.utils import timezone

from review import basis, clock, kept
from review.models import LedgerEntry

from . import addresses, pages, release, serving

PASSES = 20  # over what was signed while the release was made
GONE = (404, 410)


@dataclass
class Outcome:
    """What a bake did, for whoever asked for it."""

    name: str = ""
    pages: int = 0  # files that the release holds
    made: int = 0  # addresses that Django was asked for
    fresh: int = 0  # files with other bytes than before
    taken_out: int = 0  # from all releases, because a text was withdrawn
    seconds: float = 0.0
    why: Counter = field(default_factory=Counter)
    dead: dict = field(default_factory=dict)  # address -> a page that leads there
    odd: list = field(default_factory=list)  # headers that nginx will not send as Django does
    without: int = 0  # PDFs that this machine cannot make: they are left to Django


def newest():
    clock.forget()
    return clock.newest()


def bake(
    out,
    *,
    changed=False,
    processes=1,
    pdf=True,
    progress=lambda total: None,
    taken_out=lambda served: None,
):
    """A new release below ``out``, and the Outcome. ``changed``: only what changed since the one
    that is served; without a reason for a new one there is none. ``taken_out(served)`` hears,
    before anything is made, that what was withdrawn is gone from every release."""
    started = monotonic()
    with release.locked(out):
        before = _before(out)
        outcome = Outcome()
        if before:
            outcome.taken_out = take_out(out, before)
            taken_out(before)
        line = newest()
        anew, why = plan(before, line, pdf, changed)
        if before and not anew:
            before.manifest.line = list(line[:2])  # nothing that happened since is on any page
            before.save()
            outcome.name, outcome.pages = before.name, _count(before.manifest)
            return _ended(outcome, started)
        outcome.why = why
        baking = _Bake(outcome, before, release.begin(out), pdf, progress)
        with pages.Makers(processes) as makers:
            baking.run(makers, line, anew)
        outcome.name = release.finish(out, baking.release).name
        release.prune(out)
        return _ended(outcome, started)


def _ended(outcome, started):
    outcome.seconds = monotonic() - started
    return outcome


def _before(out):
    found = release.current(out)
    try:
        return found if found and found.manifest else None
    except release.NoRelease:
        return None


def _count(manifest):
    return sum(1 for page in manifest.pages.values() if page.status in (200, 410))


# -- What is made anew ---------------------------------------------------------------------------


def plan(before, line, pdf, changed):
    """({address: Page or None}, why): what to ask for, with what is known of it. ``why`` counts."""
    if before is None:
        return dict.fromkeys(addresses.starts()), Counter({"there is no release yet": 1})
    known = before.manifest
    everything = dict.fromkeys(addresses.starts()) | known.pages
    reason = _everything(known, pdf) if changed else "the whole site was asked for"
    if reason:
        return everything, Counter({reason: len(everything)})
    found = basis.changed(*known.line, line.number)
    if found is basis.EVERYTHING:
        return everything, Counter({"the ledger tells of a change to everything": len(everything)})
    anew, why = touched(known, found), Counter()
    for _page, reason in anew.values():
        why[reason] += 1
    # What stands on nothing that is known is cheap, and asked for again where anything is.
    asked = {address: page for address, (page, _reason) in anew.items()}
    if asked:
        asked |= {a: p for a, p in known.pages.items() if not p.rests and p.status < 400}
        asked |= {a: known.pages.get(a) for a in addresses.starts() if a not in known.pages}
    return asked, why


def _everything(known, pdf):
    """Why no page can stay as it is, or ""."""
    if known.site != addresses.origin():
        return f"the site was {known.site}"
    if known.edition != edition():
        return "code, templates, styles, texts of the interface or settings changed"
    return "PDFs are wanted" if pdf and not known.pdf else ""


def edition():
    return f"{kept.edition()} {settings.STATIC_URL}"


def touched(known, things):
    """{address: (Page, why)} of the pages that rest on one of these, or whose day has come."""
    today, found = timezone.localdate().isoformat(), {}
    for address, page in known.pages.items():
        if page.status == release.TAKEN_OUT:
            found[address] = page, "a text was withdrawn"
        elif page.until and page.until <= today:
            found[address] = page, "a date has come"
        elif not things.isdisjoint(page.rests):
            found[address] = page, f"changed: {min(things.intersection(page.rests))}"
    return found


def withdrawn(since, number):
    """The things of texts that were taken down after a line of the ledger, up to another."""
    lines = LedgerEntry.objects.filter(
        number__gt=since, number__lte=number, event=LedgerEntry.WITHDRAW
    )
    things = set()
    for item_type, key, code in lines.values_list("item_type", "key", "language"):
        things |= {basis.text_of(item_type, key, code), basis.any_of(item_type, code)}
    return things


def take_out(out, before):
    """Remove from every release what shows a text that was withdrawn since; how many pages."""
    things = withdrawn(before.manifest.line[0], newest().number)
    if not things:
        return 0
    count = before.take_out(things)
    for each in release.all_of(out):
        if each.name != before.name:
            try:
                count += each.take_out(things)
            except release.NoRelease:
                continue  # nobody can go back to what cannot be read
    return count


# -- The walk ------------------------------------------------------------------------------------


class _Bake:
    """One release in the making."""

    def __init__(self, outcome, before, made, pdf, progress):
        self.outcome, self.before, self.release, self.progress = outcome, before, made, progress
        self.pdf, self.led, self.asked = pdf, {}, set()
        # Whoever forgets a kind of address's headers would send none: those of before are kept.
        headers = dict(before.manifest.headers) if before else {}
        same = before is not None and not _everything(before.manifest, pdf)
        made.manifest = release.Manifest(
            addresses.origin(), edition(), [], pdf, headers if same else {}
        )

    @property
    def pages(self):
        return self.release.manifest.pages

    def run(self, makers, line, anew):
        if self.before:
            self._keep_others(anew)
        self._walk(makers, anew)
        for _ in range(PASSES):
            self.release.manifest.line = list(line[:2])
            now = newest()
            if now == line:
                break
            things = basis.changed(line.number, line.digest, now.number)
            line, known = now, dict(self.pages)
            if things is basis.EVERYTHING:
                self._walk(makers, known)
            else:
                self._walk(makers, {a: p for a, (p, _why) in touched(self._now, things).items()})
        self._settle()

    @property
    def _now(self):
        return self.release.manifest

    def _keep_others(self, anew):
        """The pages that stay, as links to the files of the release before."""
        for address, page in self.before.manifest.pages.items():
            if address in anew or (not self.pdf and address.partition("?")[0].endswith(".pdf")):
                continue
            self.pages[address] = page
            if page.file:
                pages.link(self.before.site, self.release.site, page.file)
            elif page.to:
                self._to_django(address)

    def _to_django(self, address):
        path = self.release.site / (addresses.file_of(address) + release.ASK)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def _walk(self, makers, anew):
        self.asked = set(anew)
        before = self.before.site if self.before else None
        jobs = [
            pages.Job(address, self.release.site, *self._known(address, page, before))
            for address, page in anew.items()
            if self.pdf or not address.partition("?")[0].endswith(".pdf")
        ]
        bar = self.progress(len(jobs))
        for made in makers.make(jobs, self._also):
            self._take(made)
            if bar is not None:
                bar.total = max(bar.total, len(self.asked))
                bar.update()
        if bar is not None:
            bar.close()

    def _known(self, address, page, before):
        """Where the bytes of an answer lie that may be the same again: (folder, Page), or Nones."""
        if page is None or page.status not in (200, 410):
            return None, None
        if address in self.pages:  # made in a pass before this one
            return self.release.site, page
        return (before, page) if before else (None, None)

    def _also(self, made):
        """Jobs for the links of a page that nobody has asked for yet."""
        jobs = []
        for address in made.links:
            if addresses.is_dynamic(address) or (
                not self.pdf and address.partition("?")[0].endswith(".pdf")
            ):
                continue
            self.led.setdefault(address, made.address)
            if address not in self.pages and address not in self.asked:
                self.asked.add(address)
                jobs.append(pages.Job(address, self.release.site, None, None))
        return jobs

    def _take(self, made):
        """Write down what was made, or that it is not there."""
        page, address = made.page, made.address
        if page.status not in (200, 301, 302, 404, 410) and not self._no_pdf(made):
            raise pages.NotBaked(_complaint(address, page.status))
        earlier = self.pages.get(address)
        if earlier and earlier.file and earlier.file != page.file:
            release.remove(self.release.site / earlier.file)
            (self.release.site / (earlier.file + release.ASK)).unlink(missing_ok=True)
        self.pages[address] = page
        if page.to:
            self._to_django(address)
        self.outcome.made += 1
        self.outcome.fresh += bool(page.file) and not made.same
        self.outcome.odd += serving.fold(self.release.manifest.headers, made)

    def _no_pdf(self, made):
        if made.page.status != 503 or not made.address.partition("?")[0].endswith(".pdf"):
            return False
        self.outcome.without += 1
        return True

    def _settle(self):
        """What is not there is no page; whoever leads to it leads nowhere."""
        for address, page in list(self.pages.items()):
            if page.status in GONE and self._leads(address) and address in self.led:
                self.outcome.dead[address] = self.led[address]
            if page.status not in (200, 301, 302, 410):
                del self.pages[address]
        serving.write(self.release.nginx, self.release.manifest)
        self.outcome.pages = _count(self.release.manifest)

    def _leads(self, address):
        """Whether the page that leads there is itself one to be read."""
        above = self.pages.get(self.led.get(address))
        return above is not None and above.status == 200


def _complaint(address, status):
    if status == 400:
        return (
            f"Django refuses {addresses.origin()}{address} (400): is the host of SITE_URL among "
            "ALLOWED_HOSTS?"
        )
    return f"Django answers {addresses.origin()}{address} with {status}: nothing was changed."
