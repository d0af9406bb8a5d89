"""Publications come in by file, DOI and PMID; check_sources asks what became of them."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from evidence import identifiers, intake, records
from evidence.models import Source
from review.models import Recheck, Revision

from .. import factories as f
from ..pages import parse_part

NBIB = """
PMID- 29334918
OWN - NLM
STAT- MEDLINE
TI  - Colorectal cancer liver metastases - a population-based study on incidence,
      management and survival.
AU  - Engstrand J
AU  - Nilsson H
AU  - Strömberg C
JT  - BMC cancer
DP  - 2018 Jan 15
PT  - Journal Article
PT  - Observational Study
LID - 10.1186/s12885-017-3925-x [doi]

PMID- 1
TI  - A trial that did not hold.
AU  - Wrong A
JT  - A journal
DP  - 2019
PT  - Randomized Controlled Trial
PT  - Retracted Publication
RIN - A journal. 2021;3:4. doi: 10.1000/notice.
AID - 10.1000/wrong [doi]
"""
RIS = """TY  - JOUR
AU  - Watanabe, Jun
AU  - Muro, Kei
TI  - Panitumumab vs Bevacizumab Added to Standard First-line Chemotherapy
JO  - JAMA
PY  - 2023/04/18
DO  - 10.1001/jama.2023.4428
ER  -
"""
BIBTEX = r"""@article{Peeters2015,
  author = {Peeters, Marc and Kafatos, George and K{\"o}hne, Claus-Henning},
  title = {Prevalence of {RAS} mutations: a pooled analysis},
  journal = {Eur J Cancer}, year = 2015, doi = {https://doi.org/10.1016/J.EJCA.2015.05.017}
}
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            NBIB,
            {
                "authors": "Engstrand J and others",
                "title": "Colorectal cancer liver metastases - a population-based study on "
                "incidence, management and survival",
                "journal": "BMC cancer",
                "year": 2018,
                "doi": "10.1186/s12885-017-3925-x",
                "pmid": "29334918",
                "kind": "cohort",
            },
        ),
        (
            RIS,
            {
                "authors": "Watanabe J and Muro K",
                "title": "Panitumumab vs Bevacizumab Added to Standard First-line Chemotherapy",
                "journal": "JAMA",
                "year": 2023,
                "doi": "10.1001/jama.2023.4428",
            },
        ),
        (
            BIBTEX,
            {
                "authors": "Peeters M and others",
                "title": "Prevalence of RAS mutations: a pooled analysis",
                "journal": "Eur J Cancer",
                "year": 2015,
                "doi": "10.1016/j.ejca.2015.05.017",
            },
        ),
    ],
)
def test_record_is_read_from_each_format(text, wanted):
    facts = records.read(text)[0].facts

    assert {name: facts.get(name) for name in wanted} == wanted
    assert facts["status"] == "to verify"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "neither RIS"),
        ("Dear editor, here is a paper.", "neither RIS"),
        ("@article{x, title = {no end", "no record|damaged"),
    ],
)
def test_file_that_is_none_is_refused_with_a_sentence(text, why):
    with pytest.raises(records.NotRead, match=why):
        records.read(text)


@pytest.mark.parametrize(
    ("value", "doi", "pmid"),
    [
        ("https://doi.org/10.1000/ABC.", "10.1000/abc", ""),
        ("doi: 10.1000/182", "10.1000/182", ""),
        ("https://pubmed.ncbi.nlm.nih.gov/29334918/", "", "29334918"),
        ("PMID: 29334918", "", "29334918"),
        ("10.1/x", "", ""),
        ("1234567890", "", ""),
    ],
)
def test_identifier_is_read_from_whatever_is_pasted(value, doi, pmid):
    assert (identifiers.doi(value), identifiers.pmid(value)) == (doi, pmid)


@pytest.mark.parametrize(
    ("isbn", "valid"),
    [
        ("978-0-306-40615-7", True),
        ("0-306-40615-2", True),
        ("043942089X", True),
        ("978-0-306-40615-8", False),
        ("0-306-40615-3", False),
        ("12", False),
    ],
)
def test_isbn_is_checked_by_its_last_digit(isbn, valid):
    assert identifiers.is_isbn(isbn) is valid


def seen(response):
    """The page's content: what Django's admin puts round it is its own affair."""
    return parse_part(response.content.decode(), strict=False)


@pytest.mark.django_db
def test_upload_makes_drafts_finds_duplicates_and_says_so(client, people):
    client.force_login(people.editor)
    known = f.make_source(key="watanabe")
    f.save(known, "en", people.editor, facts={**f.SOURCE_FACTS, "doi": "10.1001/JAMA.2023.4428"})
    address = reverse("admin:evidence_source_take")
    listed = seen(client.get(reverse("admin:evidence_source_changelist")))
    assert any(each.attrs.get("href") == address for each in listed.all("a"))

    sent = SimpleUploadedFile("found.nbib", NBIB.encode())
    names = "10.1001/jama.2023.4428\nPMID: 29334918\n10.1000/new"
    page = seen(client.post(address, {"file": sent, "names": names}))

    told = [each.text for each in page.one("ul", class_="outcomes").all("li")]
    assert [("is a new draft" in each, "is here already" in each) for each in told] == [
        (True, False),
        (True, False),
        (False, True),
        (False, False),
        (True, False),
    ]
    assert "stands twice" in told[3]
    draft = Revision.objects.get(key="engstrand-2018")
    assert (draft.state, draft.facts["pmid"]) == ("draft", "29334918")
    assert Source._base_manager.count() == 4

    again = seen(client.post(address, {"file": SimpleUploadedFile("a.bib", BIBTEX.encode())}))
    assert "is a new draft" in again.one("ul", class_="outcomes").text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({}, "Choose a file, or write a DOI"),
        ({"names": "not a name"}, "neither a DOI"),
        ({"file": SimpleUploadedFile("x.txt", b"\xff\xfe\x00 no")}, "neither RIS"),
    ],
)
def test_bad_upload_writes_nothing_and_says_what_to_change(client, people, sent, why):
    client.force_login(people.editor)

    response = client.post(reverse("admin:evidence_source_take"), sent)

    assert response.status_code == 400
    assert why in seen(response).text
    assert sent.get("names", "") in seen(response).text
    assert not Source._base_manager.exists()


@pytest.mark.django_db
def test_who_may_not_add_a_source_may_not_take_one_in(client, people):
    client.force_login(people.advisor)

    assert client.get(reverse("admin:evidence_source_take")).status_code == 403


# -- check_sources ---------------------------------------------------------------------------------


def run(capsys, *args):
    try:
        call_command("check_sources", *args)
    except SystemExit as end:
        return end.code, capsys.readouterr().out
    except CommandError as error:
        return error.returncode, str(error)
    return 0, capsys.readouterr().out


@contextmanager
def services(settings, works=None, medline="", status=200):
    """Crossref and PubMed on this machine, in their formats."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = urlsplit(self.path)
            if asked.path.startswith("/works/"):
                told = (works or {}).get(unquote(asked.path.removeprefix("/works/")))
                body = json.dumps({"status": "ok", "message": told}).encode()
                code = status if told else 404
            else:
                wanted = parse_qs(asked.query)["id"][0].split(",")
                some = [p for p in medline.strip().split("\n\n") if p.split("\n")[0][6:] in wanted]
                body, code = "\n\n".join(some).encode(), status
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SOURCE_NETWORK = True
    settings.SOURCE_PAUSE = 0
    settings.CROSSREF_URL = settings.PUBMED_URL = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.django_db
def test_identifiers_are_checked_without_a_network(people, capsys):
    f.make_public(people, f.make_source(key="good"), facts={**f.SOURCE_FACTS, "pmid": "7"})
    assert run(capsys) == (
        0,
        "1 sources, 0 findings.\nNo service was asked: SOURCE_NETWORK does not allow it.\n",
    )

    twice = f.save(f.make_source(key="twice"), "en", people.editor, facts={**f.SOURCE_FACTS})
    # Facts of a time when nothing checked them.
    Revision.objects.filter(pk=twice.pk).update(facts={"pmid": "7", "doi": "11.1/x"})

    status, said = run(capsys)

    assert status == 1
    assert "twice: its DOI “11.1/x” is none" in said
    assert "twice: it has the same PMID as “good”" in said


WRONG = {
    "title": ["A trial that did not hold"],
    "author": [{"family": "Wrong", "given": "Anna"}],
    "container-title": ["A journal"],
    "issued": {"date-parts": [[2019, 2]]},
    "DOI": "10.1000/wrong",
}
RETRACTED = {**WRONG, "updated-by": [{"type": "retraction", "DOI": "10.1000/notice"}]}
CORRECTED = {**WRONG, "updated-by": [{"type": "correction", "DOI": "10.1000/erratum"}]}
FACTS = {**f.SOURCE_FACTS, "title": "A trial that did not hold", "doi": "10.1000/wrong"}


@pytest.mark.django_db
def test_retracted_source_has_every_text_that_cites_it_read_again_once(people, capsys, settings):
    wrong, other = f.make_source(key="wrong-2019"), f.make_source()
    f.make_public(people, wrong, facts=FACTS)
    f.make_public(people, other)
    cites, figure, apart = f.make_topic(), f.make_figure(), f.make_topic()
    text = f.text_for(type(cites), body="A claim [@wrong-2019].")
    f.make_public(people, cites, text=text)
    f.make_public(people, cites, "es", text=text)
    facts = {"count": 1, "out_of": 10, "sources": ["wrong-2019"]}
    f.make_public(people, figure, facts=facts)
    f.make_public(people, apart, text=f.text_for(type(apart), body=f"A claim [@{other.key}]."))
    by = people.editor.username

    with services(settings, {"10.1000/wrong": WRONG}):
        assert run(capsys, "--as", by)[0] == 0
    assert not Recheck.objects.exists()
    with services(settings, {"10.1000/wrong": CORRECTED}):
        assert "was corrected (10.1000/erratum)" in run(capsys, "--as", by)[1]
    assert Recheck.objects.count() == 4
    with services(settings, {"10.1000/wrong": RETRACTED}):
        status, said = run(capsys, "--as", by)

    assert (status, "4 texts are queued" in said) == (1, True)
    reason = "The source “wrong-2019” was retracted (10.1000/notice)."
    queued = Recheck.objects.filter(reason=reason)
    assert {(each.item, each.language) for each in queued} == {
        (wrong.item, "en"),
        (cites.item, "en"),
        (cites.item, "es"),
        (figure.item, "en"),
    }
    queued.update(closed_at=queued[0].opened_at)  # somebody has decided
    with services(settings, {"10.1000/wrong": RETRACTED}):
        assert "0 texts are queued" in run(capsys, "--as", by)[1]
    known = {**FACTS, "notice": "retracted", "notice_doi": "10.1000/notice"}
    f.make_public(people, wrong, facts=known)
    with services(settings, {"10.1000/wrong": RETRACTED}):
        assert run(capsys, "--as", by)[0] == 0


@pytest.mark.django_db
def test_pubmed_tells_of_retractions_and_of_other_titles(people, capsys, settings):
    f.make_public(people, f.make_source(key="one"), facts={**f.SOURCE_FACTS, "pmid": "1"})
    f.make_public(people, f.make_source(key="lost"), facts={**f.SOURCE_FACTS, "pmid": "999"})

    with services(settings, medline=NBIB):
        status, said = run(capsys, "--as", people.editor.username)

    assert status == 1
    assert "one: The source “one” was retracted (10.1000/notice)." in said
    assert "one: PubMed has another title for it: “A trial that did not hold”" in said
    assert "lost: PubMed knows no PMID 999" in said


@pytest.mark.django_db
def test_service_that_does_not_answer_is_told_with_its_own_status(people, capsys, settings):
    f.make_public(people, f.make_source(), facts=FACTS)

    with services(settings, {"10.1000/wrong": WRONG}, status=500):
        status, said = run(capsys, "--as", people.editor.username)
    assert (status, "Crossref did not answer (500)" in said) == (2, True)

    settings.CROSSREF_URL = "http://127.0.0.1:9"
    settings.SOURCE_NETWORK = True
    assert run(capsys, "--as", people.editor.username)[0] == 2
    assert run(capsys)[0] == 2  # nobody is named
    assert run(capsys, "--offline")[0] == 0


@pytest.mark.django_db
def test_doi_that_is_typed_is_filled_in_where_a_network_is_allowed(client, people, settings):
    client.force_login(people.editor)

    with services(settings, {"10.1000/wrong": WRONG}):
        client.post(reverse("admin:evidence_source_take"), {"names": "10.1000/wrong"})

    facts = Revision.objects.get(key="wrong-2019").facts
    assert facts["authors"] == "Wrong A"
    assert facts["title"] == "A trial that did not hold"


@pytest.mark.django_db
def test_title_finds_a_duplicate_that_has_no_identifier(people):
    facts = records.facts_of(title="A very long title of a study: part one", year=2020)

    first, second = intake.take(
        [records.Record(facts), records.Record({**facts, "title": facts["title"].upper()})],
        by=people.editor,
    )

    assert (first.state, second.state, second.key) == (intake.MADE, intake.TWICE, first.key)
