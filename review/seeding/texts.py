"""Made-up texts and facts that pass every check an editor's text has to pass. Pure."""

from django import forms
from django.core.exceptions import ValidationError

from .. import languages, marks
from ..fields import Line

SUBJECTS = {
    "ltr": [
        "Scans before an operation", "Tiredness after treatment", "What a second opinion is for",
        "Eating when nothing tastes", "Pain at night", "Blood tests and what they show",
        "Talking with children", "Travel and vaccinations", "When to call the ward",
        "Going back to work", "Numb fingers", "Tablets at home",
    ],
    "rtl": [
        "الفحوص قبل العملية", "التعب بعد العلاج", "فائدة الرأي الثاني", "الألم في الليل",
        "تحاليل الدم ومعناها", "الحديث مع الأطفال", "متى تتصل بالقسم", "العودة إلى العمل",
    ],
}  # fmt: skip
SENTENCES = {
    "ltr": [
        "Your team looks at the scan together before they suggest anything.",
        "Most people notice it in the first two weeks, and it passes.",
        "Write down what you want to ask, and take somebody with you.",
        "Nobody can say from one picture alone how it will go.",
        "If you have a fever above 38 °C, call at once, day or night.",
        "The liver does this work even when a large part of it is gone.",
        "There are other ways if this one does not suit you.",
        "What helps one person may not help another.",
        "Ask for the name of the nurse who knows your file.",
    ],
    "rtl": [
        "ينظر الفريق في الصورة معا قبل أن يقترح شيئا.",
        "يلاحظ معظم الناس ذلك في الأسبوعين الأولين ثم يزول.",
        "اكتب ما تريد أن تسأل عنه، وخذ أحدا معك.",
        "إذا ارتفعت حرارتك فوق 38 درجة فاتصل فورا، ليلا أو نهارا.",
        "ما ينفع شخصا قد لا ينفع غيره.",
        "اسأل عن اسم الممرضة التي تعرف ملفك.",
    ],
}
PARAGRAPHS = 4
# What a fact may be: the first that its field accepts.
GUESSES = ("Made up for this measurement", "GB", "112", "https://example.org/")


def text(model, language, number, version, cites=""):
    """Complete text of an item's version: each version differs from the last in one paragraph.

    ``cites`` is what stands at the end of the first body: a citation, or nothing."""
    fields = [model._meta.get_field(name) for name in model.text_fields]
    found = {}
    for place, field in enumerate(fields):
        if field.blank:
            found[field.name] = ""
        elif isinstance(field, Line):
            found[field.name] = _line(language, number + 5 * place, number)
        else:
            found[field.name] = _body(language, number + 7 * place, version) + cites
            cites = ""
    return found


def _line(language, place, number):
    subjects = SUBJECTS[languages.direction(language)]
    name = f"{subjects[place % len(subjects)]} {number}"
    return name if language == languages.source() else f"{name} · {languages.name(language)}"


def _body(language, place, version):
    sentences = SENTENCES[languages.direction(language)]
    paragraphs = []
    for paragraph in range(PARAGRAPHS):
        start = place * 3 + paragraph * 4
        chosen = [sentences[(start + each) % len(sentences)] for each in range(4)]
        if paragraph == version % PARAGRAPHS:
            chosen.append(f"{version}.")
        paragraphs.append(" ".join(chosen))
    return "\n\n".join(paragraphs)


def facts(model, number, keys):
    """What an item of facts needs. ``keys(item_type)`` names an item of that kind, or nothing."""
    found = {}
    for name, field in model.fact_fields.items():
        if isinstance(field, marks.KeysField):
            found[name] = keys(field.item_type)
        elif isinstance(field, forms.BooleanField):
            found[name] = False
        elif isinstance(field, forms.MultipleChoiceField):
            found[name] = [_choice(field, number)]
        elif isinstance(field, forms.ChoiceField):
            found[name] = _choice(field, number)
        elif isinstance(field, forms.IntegerField) and field.required:
            found[name] = (field.min_value or 0) + number % 50
        elif field.required or name not in _dispensable(model, found):
            found[name] = _guess(field)
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def _choice(field, number):
    return field.choices[number % len(field.choices)][0]


def _dispensable(model, found):
    """Optional facts without which those so far fit together."""
    refused = model.check_facts({name: value for name, value in found.items() if value})
    return set(model.fact_fields) - set(refused)


def _guess(field):
    for guess in GUESSES:
        try:
            return field.clean(guess)
        except ValidationError:
            continue
    return ""
