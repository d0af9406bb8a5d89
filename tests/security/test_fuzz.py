"""Whatever somebody sends, there is an answer: importer, XLIFF, search and API under fire. Bounded:
some seconds together. The renderer's own is tests/review/test_markdown.py."""

import json
import random
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from review import files, languages
from review.interchange import exporting, intake, stores
from tests import factories as f

FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "---\n",
                    "# body\n",
                    "slug: x\n",
                    "title: y\n",
                    "&a [*a]\n",
                    "!!python/object:os\n",
                ),
                *(
                    "guide: liver\n",
                    "position: 9999999999\n",
                    "\x00",
                    "\ud7ff",
                    "\u202e",
                    "- ",
                    "{}",
                ),
                *("<xliff>", "</xliff>", "<!DOCTYPE x>", "&e;", "<g id='1'>", "<unit>", "]]>"),
                *('msgid ""\n', 'msgstr "x"\n', "#~ ", "\\", '"', "'", "%", "\r\n", "\t"),
            ]
        ),
        st.text(max_size=8),
    ),
    max_size=30,
).map("".join)


@pytest.mark.asvs("1.5.1", "1.5.2", "2.2.1")
@FEW
@given(PIECES)
@example("---\n" + "a: &x [*x]\n" + "---\n")
@pytest.mark.bad_input("content files", "whatever hypothesis thinks of", tried=FEW.max_examples)
def test_any_content_file_is_read_or_refused_with_its_line(tmp_path, text):
    path = tmp_path / "topic" / "why.en.md"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))

    try:
        files.read(tmp_path, path)
    except files.Refused as refused:
        said = [(problem.line >= 1, bool(problem.message)) for problem in refused.problems]
    else:
        said = []

    assert all(line and message for line, message in said)


def refusal(data):
    """The sentence with which a file is refused, None where it is read."""
    try:
        intake.read(intake.text_of(data))
    except (intake.Refused, stores.NotReadable) as refused:
        return str(refused)


@pytest.mark.asvs("1.5.1", "1.5.2", "5.2.2")
@FEW
@given(st.one_of(st.binary(max_size=200), PIECES.map(lambda text: text.encode("utf-8", "ignore"))))
@pytest.mark.bad_input("XLIFF and PO", "whatever hypothesis thinks of", tried=FEW.max_examples)
def test_any_file_for_translators_is_read_or_refused_with_a_sentence(data):
    assert refusal(data) != ""


@pytest.mark.django_db
@pytest.mark.asvs("1.5.1", "5.2.2")
@pytest.mark.parametrize("kind", stores.FORMATS)
def test_a_damaged_file_for_translators_is_read_or_refused(people, kind):
    topic = f.make_topic()
    f.make_public(people, topic)
    whole = exporting.export([(topic.item_type, topic.key)], "es", kind).data
    chance = random.Random(8)

    for _turn in range(80):
        data = bytearray(whole)
        for _bite in range(chance.randint(1, 12)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 9)] = chance.randbytes(chance.randint(0, 5))
        assert refusal(bytes(data)) != ""


QUESTIONS = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [*'"*?~^:+-!(){}[]\\/|&', "AND", "OR", "NOT", "title:", "肝", "كبد", "\x00", "%"]
        ),
        max_size=15,
    ).map(" ".join),
)


@pytest.fixture
def guide(people):
    whole = f.WholeGuide(topics=1)
    whole.publish(people, "en")
    return whole


@pytest.mark.django_db
@pytest.mark.asvs("1.2.4", "1.3.3", "2.2.1")
def test_any_question_gets_an_answer(client, guide):
    @settings(FEW, max_examples=40)
    @given(QUESTIONS, st.sampled_from(languages.codes()), st.text(max_size=4))
    def asked(question, language, kind):
        address = f"/{language}/search/?q={quote(question)}&kind={quote(kind)}&page={quote(kind)}"
        response = client.get(address)
        assert response.status_code in (200, 429)
        assert "<script>" not in response.content.decode().replace(
            '<script type="application/ld+json">', ""
        )

    asked()


@pytest.mark.django_db
@pytest.mark.asvs("1.2.3", "1.2.4", "2.2.1", "16.5.1")
def test_the_api_answers_json_to_anything(client, guide):
    @settings(FEW, max_examples=40)
    @given(
        st.lists(
            st.one_of(st.text(max_size=10), st.sampled_from(["topics", "guides"])), max_size=3
        ),
        st.dictionaries(
            st.one_of(st.sampled_from(["language", "page", "limit", "q"]), st.text(max_size=5)),
            st.text(max_size=8),
            max_size=3,
        ),
    )
    def asked(parts, query):
        path = "/".join(quote(part, safe="") for part in parts)
        if set(parts) & {".", ".."}:
            return
        response = client.get(f"/api/v1/{path}", query)
        assert response.status_code in (200, 301, 304, 400, 404, 410)
        if response.status_code != 301:
            json.loads(response.content)
            assert "Traceback" not in response.content.decode()

    asked()
