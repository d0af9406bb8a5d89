"""The watch: publications come in once, the nearest first; advisors see what is new since they
signed, dismiss it or have the text read again."""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evidence import records
from evidence.models import Arrival, Watch
from evidence.watch import arrivals
from evidence.watch.nearness import Nearness, words
from review import workflow
from review.guards import TransitionNotAllowed
from review.models import JobRun, LedgerEntry, Recheck, Revision, SignOff
from review.reports import open_rechecks

from .. import factories as f
from ..pages import parse_part

NBIB = """
PMID- 40000001
TI  - Sotorasib for KRAS G12C mutation in colorectal cancer.
AB  - RAS mutations close the way to anti-EGFR drugs. We treated people whose tumour had a
      KRAS G12C mutation.
AU  - New A
JT  - A journal
DP  - 2026 Oct
LID - 10.1000/ras [doi]

PMID- 40000002
TI  - Ablation of small liver tumours against surgery.
AB  - Ablation with heat of liver tumours.
AU  - Heat B
JT  - A journal
DP  - 2026 Nov
LID - 10.1000/ablation [doi]
"""
# As https://www.ebi.ac.uk/europepmc/webservices/rest/search answers (resultType=core), shortened.
EUROPEPMC = {
    "version": "6.9",
    "hitCount": 1,
    "resultList": {
        "result": [
            {
                "id": "40000003",
                "source": "MED",
                "pmid": "40000003",
                "doi": "10.1000/CITING",
                "title": "Mutations of <i>RAS</i> in 4,000 people: a cohort.",
                "authorString": "Cite C, Also D.",
                "authorList": {"author": [{"fullName": "Cite C"}, {"fullName": "Also D"}]},
                "journalInfo": {"journal": {"title": "Another journal"}},
                "pubYear": "2026",
                "abstractText": "<h4>Background</h4>RAS mutations were counted.",
                "pubTypeList": {"pubType": ["Observational Study", "Journal Article"]},
            }
        ]
    },
}
RAS = "A RAS mutation is a change in a gene of the tumour. KRAS is one. Drugs against EGFR fail."
ABLATION = "Ablation destroys small tumours in the liver with heat. It can stand beside surgery."


# -- Pure ------------------------------------------------------------------------------------------


def test_europe_pmc_is_read_as_the_other_formats_are():
    [record] = records.read(json.dumps(EUROPEPMC))

    facts = {name: record.facts[name] for name in ("title", "authors", "year", "doi", "pmid")}
    assert facts == {
        "title": "Mutations of RAS in 4,000 people: a cohort",
        "authors": "Cite C and Also D",
        "year": 2026,
        "doi": "10.1000/citing",
        "pmid": "40000003",
    }
    assert record.facts["kind"] == "cohort"
    assert record.abstract == "Background RAS mutations were counted."
    assert records.read(NBIB)[0].abstract.endswith("had a KRAS G12C mutation.")


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"resultList": 3}', '{"resultList": {"result": [1]}}']
)
def test_json_of_something_else_is_refused_with_a_sentence(text):
    with pytest.raises(records.NotRead, match="no answer of Europe PMC"):
        records.read(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Metastases, a metastasis", ["metastas", "metastas"]),
        ("The drugs [@smith-2020] {figure:ras}", ["drug"]),
        ("Straße, naïve", ["straße", "naive"]),
        ("", []),
        (None, []),
    ],
)
def test_words_are_compared_in_one_form(text, wanted):
    assert words(text) == wanted


def test_nearest_text_comes_first_and_nothing_in_common_is_nothing():
    near = Nearness({"ras": RAS, "ablation": ABLATION, "empty": ""})

    assert list(near.to("KRAS mutations and EGFR drugs")) == ["ras", "ablation", "empty"]
    assert near.to("KRAS mutations and EGFR drugs")["ablation"] == 0
    assert near.to("Heat ablation of the liver")["ablation"] > near.to("Heat")["ablation"] > 0
    assert near.to(RAS)["ras"] == pytest.approx(1)
    assert set(near.to("Bread and cheese").values()) == {0}
    assert Nearness({}).to("Anything") == {}
    # What every text says tells little: "tumour" weighs less than "heat".
    assert near.to("tumour cheese")["ablation"] < near.to("heat cheese")["ablation"]


# -- What comes in ---------------------------------------------------------------------------------


@pytest.fixture
def topics(people):
    """Two public topics; "ras" cites a source that PubMed knows, and is public in Spanish, too."""
    facts = {**f.SOURCE_FACTS, "pmid": "26049686", "title": "Prevalence of RAS mutations"}
    source = f.make_source(key="peeters-2015")
    f.make_public(people, source, facts=facts)
    ras, ablation = f.make_topic(key="ras"), f.make_topic(key="ablation")
    told = f.text_for(type(ras), title="What RAS means", body=f"{RAS} [@peeters-2015]")
    f.make_public(people, ras, text=told)
    f.make_public(people, ras, "es", text=told)
    f.make_public(people, ablation, text=f.text_for(type(ras), title="Ablation", body=ABLATION))
    return ras, ablation


def bring(text=NBIB, **more):
    return [each.state for each in arrivals.take(records.read(text), **more)]


def test_publication_goes_to_the_text_that_it_is_nearest_to_and_comes_once(people, topics):
    assert bring() == ["new", "new"]
    found = {each.facts["pmid"]: each for each in Arrival.objects.all()}
    assert found["40000001"].key == "ras"
    assert found["40000002"].key == "ablation"
    assert 0 < found["40000002"].nearness <= 1

    assert bring() == ["seen", "seen"]
    renamed = NBIB.replace("PMID- 4", "PMID- 5").replace("10.1000/", "10.1000/other-")
    assert bring(renamed) == ["seen", "seen"]  # the same title and year
    assert bring(item="topics.topic:ablation") == ["new", "seen"]  # about that text it is new
    twice = (
        NBIB.replace("400000", "600000")
        .replace("10.1000/", "10.1000/x")
        .replace("TI  - ", "TI  - Anew: ")
    )
    assert bring(twice + twice) == ["new", "new", "seen", "seen"]
    f.save(f.make_source(), "en", people.editor, facts={**f.SOURCE_FACTS, "doi": "10.1000/CITING"})
    assert bring(json.dumps(EUROPEPMC)) == ["source"]
    nothing = "PMID- 7\nTI  - Cheese.\nDP  - 2026\n"
    assert bring(nothing) == ["far"]


def test_what_was_dismissed_does_not_come_again(people, topics):
    bring()
    arrival = Arrival.objects.get(key="ras")

    with pytest.raises(PermissionDenied):
        arrivals.dismiss(arrival, by=people.editor, reason="No")
    with pytest.raises(TransitionNotAllowed, match="Say why"):
        arrivals.dismiss(arrival, by=people.advisor, reason=" ")
    arrivals.dismiss(arrival, by=people.advisor, reason="Too small a trial")

    assert bring()[0] == "seen"
    with pytest.raises(TransitionNotAllowed, match="already"):
        arrivals.open_review(arrival, by=people.advisor, reason="Again")
    line = LedgerEntry.objects.get(event="watch:dismiss")
    assert (line.item_type, line.key) == ("topics.topic", "ras")
    assert "Too small a trial" in line.payload
    assert "10.1000/ras" in line.payload


def test_re_review_names_the_publication_and_changes_no_text(people, topics):
    bring()
    texts = list(Revision.objects.values_list("pk", "fingerprint", "state"))
    signed = SignOff.objects.count()
    arrival = Arrival.objects.get(key="ras")
    arrival.facts["title"] = "A very long title " * 40
    arrival.save()

    arrivals.open_review(arrival, by=people.advisor, reason="It changes the second line")

    [recheck] = open_rechecks(item_type="topics.topic", key="ras", language="en")
    assert recheck.reason.startswith("New publication: New A. A very long title")
    assert recheck.reason.endswith("It changes the second line")
    arrival.refresh_from_db()
    assert arrival.recheck == recheck
    assert list(Revision.objects.values_list("pk", "fingerprint", "state")) == texts
    assert SignOff.objects.count() == signed
    events = LedgerEntry.objects.order_by("-number").values_list("event", flat=True)
    assert list(events[:2]) == ["watch:review", "recheck:open"]


# -- At the desk -----------------------------------------------------------------------------------


def page_of(response):
    return parse_part(response.content.decode(), strict=False)


def listed(client, user):
    client.force_login(user)
    found = page_of(client.get("/admin/")).all("section", id="new-evidence")
    return [each.text for each in found[0].all("a", class_="title")] if found else []


def test_advisor_sees_what_is_new_since_she_signed(client, people, topics):
    ras, _ablation = topics
    bring(item=ras.item)

    assert listed(client, people.advisor) == [
        "Sotorasib for KRAS G12C mutation in colorectal cancer",
        "Ablation of small liver tumours against surgery",
    ]
    assert len(listed(client, people.spanish_advisor)) == 2  # her signature rests on it as well
    assert listed(client, people.second_advisor) == []
    assert listed(client, people.editor) == []
    desk = page_of(client.get("/admin/"))
    assert not desk.all("section", id="new-evidence")
    arrivals.dismiss(Arrival.objects.first(), by=people.advisor, reason="Nothing new in it")
    assert len(listed(client, people.advisor)) == 1
    live = SignOff.objects.get(key="ras", language="en")
    workflow.reaffirm(ras, "en", by=people.advisor, expected=live.fingerprints)
    assert listed(client, people.advisor) == []  # she signed since
    assert len(listed(client, people.spanish_advisor)) == 1


def test_desk_costs_the_same_for_many_publications(client, people, topics):
    ras, ablation = topics
    bring(item=ras.item)
    address = reverse("admin:evidence_watch_of", args=["topics.topic", "ras"])

    def costs():
        found = []
        for asked in ("/admin/", address, reverse("admin:evidence_watch")):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(asked).status_code == 200
            found.append(len(queries))
        return found

    listed(client, people.advisor)
    costs()
    before = costs()
    for number in range(4):
        more = NBIB.replace("40000", f"4{number}111").replace("/", f"/{number}")
        bring(more.replace("TI  - ", f"TI  - Number {number} "), item=ablation.item)
        bring(more.replace("TI  - ", f"TI  - Number {number} "), item=ras.item)

    assert len(listed(client, people.advisor)) == 10
    assert costs() == before


def test_page_takes_files_searches_and_decisions(client, people, topics):
    client.force_login(people.editor)
    address = reverse("admin:evidence_watch_of", args=["topics.topic", "ras"])
    item = page_of(client.get(reverse("admin:topics_topic_change", args=[topics[0].pk])))
    assert item.one("ul", class_="beside-links").one("a").attrs["href"] == address

    query = '"KRAS"[tiab] AND colorectal'
    assert client.post(address, {"action": "query", "query": query}).status_code == 302
    assert Watch.objects.get(key="ras").query == query
    sent = SimpleUploadedFile("found.json", json.dumps(EUROPEPMC).encode())
    page = page_of(client.post(address, {"action": "bring", "file": sent}))
    assert "is new, about" in page.one("ul", class_="outcomes").text
    assert "RAS mutations were counted" in page.text
    bad = SimpleUploadedFile("x.txt", b"Dear editor")
    refused = client.post(address, {"action": "bring", "file": bad})
    assert (refused.status_code, "neither RIS" in page_of(refused).text) == (400, True)
    assert client.post(address, {"action": "bring"}).status_code == 400
    both = SimpleUploadedFile("found.nbib", NBIB.encode())
    whole = client.post(reverse("admin:evidence_watch"), {"action": "bring", "file": both})
    assert len(page_of(whole).one("ul", class_="outcomes").all("li")) == 2

    [first, second] = Arrival.objects.filter(key="ras")
    refused = client.post(address, {"action": "dismiss", "arrival": first.pk, "reason": "My words"})
    assert refused.status_code == 403
    assert any(each.attrs.get("value") == "My words" for each in page_of(refused).all("input"))
    client.force_login(people.advisor)
    assert client.post(address, {"action": "dismiss", "arrival": "9" * 30}).status_code == 409
    kept = {"action": "review", "arrival": first.pk, "reason": "Read the second line again"}
    assert client.post(address, kept).status_code == 302
    gone = {"action": "dismiss", "arrival": second.pk, "reason": "Too small"}
    assert client.post(address, gone).status_code == 302
    page = page_of(client.get(address))
    assert "It waits at the desk." in page.text
    assert "Too small" in page.one("ul", class_="decided").text
    assert Recheck.objects.filter(key="ras", language="en", closed_at=None).count() == 1


@pytest.mark.parametrize("path", ["topics.topic/none", "topics.guide/x", "no.such/thing"])
def test_only_watched_texts_have_a_page(client, people, topics, path):
    client.force_login(people.editor)
    assert client.get(f"/admin/evidence/source/watch/{path}/").status_code == 404

    client.force_login(people.nobody)
    assert client.get(reverse("admin:evidence_watch")).status_code == 403


# -- The services ----------------------------------------------------------------------------------


def esearch(count, unknown, most):
    """As https://eutils.ncbi.nlm.nih.gov/entrez/eutils/esearch.fcgi answers (retmode=json)."""
    told = {
        "count": str(count),
        "retmax": most,
        "retstart": "0",
        "idlist": ["40000001", "40000002"],
        "translationset": [],
        "querytranslation": '"kras"[All Fields] AND 2026/11/01:2026/11/23[Date - Entry]',
    }
    if unknown:
        told["errorlist"] = {"phrasesnotfound": list(unknown), "fieldsnotfound": []}
        told["warninglist"] = {
            "phrasesignored": [],
            "quotedphrasesnotfound": [],
            "outputmessages": [],
        }
    return {"header": {"type": "esearch", "version": "0.3"}, "esearchresult": told}


@contextmanager
def services(settings, count=2, broken=False, unknown=()):
    """PubMed and Europe PMC on this machine, in their formats; gives what was asked."""
    asked = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            wanted = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked.append((parts.path, wanted))
            if parts.path.endswith("esearch.fcgi"):
                body = json.dumps(esearch(count, unknown, wanted["retmax"]))
            elif parts.path.endswith("efetch.fcgi"):
                body = NBIB
            else:
                body = json.dumps(EUROPEPMC)
            self.send_response(503 if broken else 200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SOURCE_NETWORK, settings.SOURCE_PAUSE = True, 0
    settings.EUROPEPMC_URL = settings.PUBMED_URL = f"http://127.0.0.1:{server.server_port}"
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()


def run(capsys, *args):
    try:
        call_command("watch_evidence", *args)
    except CommandError as error:
        return error.returncode, str(error)
    return 0, capsys.readouterr().out


def test_services_are_asked_what_is_new_since_the_signature(people, topics, settings, capsys):
    ras, _ablation = topics
    arrivals.save_query(ras, "KRAS AND colorectal", by=people.editor)
    assert "SOURCE_NETWORK does not allow it" in run(capsys)[1]

    with services(settings) as asked:
        assert run(capsys) == (0, "3 publications were found, 3 are new.\n")
    today = timezone.localdate()
    searched = next(told for path, told in asked if path.endswith("esearch.fcgi"))
    assert searched["term"] == "KRAS AND colorectal"
    assert searched["datetype"] == "edat"  # the day of entry, not of print
    assert (searched["tool"], searched["email"]) == ("crcsite", settings.DEFAULT_FROM_EMAIL)
    assert searched["mindate"] == f"{today:%Y/%m/%d}"
    [citing] = [told for path, told in asked if path.endswith("/search")]
    assert citing["query"].startswith("CITES:26049686_MED AND FIRST_IDATE:[")
    came = {each.facts["pmid"]: each for each in Arrival.objects.all()}
    assert {each.way for each in came.values()} == {"query", "cites"}
    assert came["40000003"].cites == "peeters-2015"
    assert {each.key for each in came.values()} == {"ras"}
    assert JobRun.objects.filter(name="watch_evidence").exists()

    Watch.objects.update(asked_until=today - timedelta(days=9))
    with services(settings, count=1000) as asked:
        assert run(capsys) == (0, "3 publications were found, 0 are new.\n")
    assert asked[0][1]["mindate"] == f"{today - timedelta(days=9):%Y/%m/%d}"
    assert "make it narrower" in Watch.objects.get(key="ras").problem
    with services(settings, unknown=["qqqkras"]):
        run(capsys)
    assert "does not know “qqqkras”" in Watch.objects.get(key="ras").problem


def test_service_that_does_not_answer_is_said_and_asked_again(people, topics, settings, capsys):
    arrivals.save_query(topics[0], "KRAS", by=people.editor)

    with services(settings, broken=True):
        status, said = run(capsys)

    assert (status, "did not answer" in said) == (2, True)
    assert Watch.objects.get(key="ras").asked_until is None


def test_command_takes_files(people, topics, capsys, tmp_path):
    path = tmp_path / "found.nbib"
    path.write_text(NBIB)

    assert "is new, about topics.topic:ras" in run(capsys, str(path))[1]
    assert "is new, about topics.topic:ablation" in run(capsys, str(path), "--topic", "ablation")[1]
    assert run(capsys, str(path), "--topic", "none")[0] == 2
    assert run(capsys, str(tmp_path / "missing"))[0] == 2
