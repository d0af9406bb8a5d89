"""What tests of search share: how a question is put, and what there is to find."""

from faq.models import FAQ
from review import clock
from tests import factories as f
from tests.pages import parse


def look(client, code, question, **more):
    clock.forget()
    response = client.get(f"/{code}/search/", {"q": question, **more})
    assert response.status_code == 200
    return response


def hrefs(response, class_="results"):
    lists = parse(response).all("ol", class_=class_)
    return [link.attrs["href"] for each in lists for link in each.all("a")]


def liver_text():
    return f.text_for(FAQ, question="Liver text?", answer="Liver text.")
