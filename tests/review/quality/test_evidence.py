# ruff: noqa: E501  (a table of sentences)
"""What a text must show for what it claims: each rule in each language, real sentences."""

from collections import Counter

import pytest

from review.quality import evidence

CITED = " [@smith-2020]"
# (language, text, id of the finding or "" for none)
CASES = [
    # A number that is a share of people.
    ("en", "About 27 of 100 people had spread to the liver.", "uncited-number"),
    ("en", "About 27 of 100 people had spread to the liver [@engstrand-2018].", ""),
    ("en", "In 30% of patients the cancer came back within a year.", "uncited-number"),
    ("en", "Half of the people needed a second operation.", "uncited-number"),
    ("en", "This guide has nine parts. You may hear one of three words.", ""),
    ("en", "Ask again after two to three months of treatment.", ""),
    ("en", "How many out of 100 people like me does it help?", ""),
    ("en", "## About 27 of 100\n\nThat is less than many people think.", ""),
    ("en", "About 27 of 100 people had it.\n\n{figure:liver-spread-five-years}", ""),
    ("es", "Unas 27 de cada 100 personas lo tuvieron.", "uncited-number"),
    ("es", "Unas 27 de cada 100 personas lo tuvieron [@engstrand-2018].", ""),
    ("es", "La mitad de las personas necesitó otra operación.", "uncited-number"),
    ("es", "Esta guía tiene nueve partes.", ""),
    ("fr", "Environ 27 personnes sur 100 en ont eu.", "uncited-number"),
    ("fr", "Environ 27 personnes sur 100 en ont eu [@engstrand-2018].", ""),
    ("fr", "La moitié des personnes ont été opérées de nouveau.", "uncited-number"),
    ("fr", "Ce guide a neuf parties.", ""),
    ("ar", "نحو 27 من كل 100 شخص لديهم انتشار في الكبد.", "uncited-number"),
    ("ar", "نحو 27 من كل 100 شخص لديهم انتشار في الكبد [@engstrand-2018].", ""),
    ("ar", "احتاج نصف الأشخاص إلى عملية أخرى.", "uncited-number"),
    ("ar", "في هذا الدليل تسعة أجزاء.", ""),
    ("zh-hans", "每100人中约有27人出现肝转移。", "uncited-number"),
    ("zh-hans", "每100人中约有27人出现肝转移[@engstrand-2018]。", ""),
    ("zh-hans", "一半的人又做了一次手术。", "uncited-number"),
    ("zh-hans", "本指南共有九个部分。", ""),
    ("es", "En el 30 % de los pacientes volvió en un año.", "uncited-number"),
    ("es", "Pregunte de nuevo a los dos o tres meses.", ""),
    ("fr", "Chez 30 % des patients, il est revenu en un an.", "uncited-number"),
    ("fr", "Redemandez après deux ou trois mois de traitement.", ""),
    ("ar", "عاد السرطان لدى 30% من المرضى خلال سنة.", "uncited-number"),
    ("ar", "اسألوا مرة أخرى بعد شهرين أو ثلاثة أشهر.", ""),
    ("zh-hans", "一年内有30%的患者复发。", "uncited-number"),
    ("zh-hans", "两三个月以后请再问一次。", ""),
    # How long people live.
    ("en", "Half of the people were alive at five years.", "uncited-survival"),
    ("en", "People on the drug lived longer, about 38 months.", "uncited-survival"),
    ("en", "People lived longer than about 38 months [@watanabe-2023].", ""),
    ("en", "Some people live for many years.", ""),
    ("es", "A los cinco años, 55 de cada 100 seguían vivas.", "uncited-survival"),
    ("es", "A los cinco años, 55 de cada 100 seguían vivas [@andre-2025].", ""),
    ("fr", "À cinq ans, 55 personnes sur 100 étaient en vie.", "uncited-survival"),
    ("fr", "À cinq ans, 55 personnes sur 100 étaient en vie [@andre-2025].", ""),
    ("ar", "كان 55 من كل 100 شخص على قيد الحياة بعد خمس سنوات.", "uncited-survival"),
    ("ar", "كان 55 من كل 100 شخص على قيد الحياة بعد خمس سنوات [@andre-2025].", ""),
    ("zh-hans", "五年后，每100人中有55人在世。", "uncited-survival"),
    ("zh-hans", "五年后，每100人中有55人在世[@andre-2025]。", ""),
    ("es", "La mitad vivió más de unos 38 meses.", "uncited-survival"),
    ("es", "Algunas personas viven muchos años.", ""),
    ("fr", "La moitié a survécu plus de 38 mois environ.", "uncited-survival"),
    ("fr", "Certaines personnes vivent de nombreuses années.", ""),
    ("ar", "عاش نصف الأشخاص أكثر من نحو 38 شهرًا.", "uncited-survival"),
    ("ar", "يعيش بعض الناس سنوات كثيرة.", ""),
    ("zh-hans", "有一半的人活了约38个月以上。", "uncited-survival"),
    ("zh-hans", "有些人可以生活很多年。", ""),
    # "Most".
    ("en", "Most people cannot have surgery at first.", "uncited-most"),
    ("en", "Most people cannot have surgery at first [@cervantes-2023].", ""),
    ("en", "Say what matters most to you.", ""),
    ("es", "La mayoría de las personas no puede operarse al principio.", "uncited-most"),
    ("es", "La mayoría de las personas no puede operarse al principio [@a-2023].", ""),
    ("fr", "La plupart des gens ne peuvent pas être opérés au début.", "uncited-most"),
    ("fr", "La plupart des gens ne peuvent pas être opérés [@a-2023].", ""),
    ("ar", "لا يستطيع معظم الناس إجراء الجراحة في البداية.", "uncited-most"),
    ("ar", "لا يستطيع معظم الناس إجراء الجراحة في البداية [@a-2023].", ""),
    ("zh-hans", "大多数人一开始不能手术。", "uncited-most"),
    ("zh-hans", "大多数人一开始不能手术[@a-2023]。", ""),
    ("en", "Most patients feel tired after treatment.", "uncited-most"),
    ("es", "Casi todos los pacientes notan cansancio.", "uncited-most"),
    ("es", "Diga qué es lo más importante para usted.", ""),
    ("fr", "Presque tous les patients sont fatigués.", "uncited-most"),
    ("fr", "Dites ce qui compte le plus pour vous.", ""),
    ("ar", "تزول أغلبية الآثار الجانبية بعد العلاج.", "uncited-most"),
    ("ar", "قولوا ما هو الأهم لكم.", ""),
    ("zh-hans", "多数患者会感到疲劳。", "uncited-most"),
    ("zh-hans", "请说出对您最重要的事。", ""),
    # A drug.
    ("en", "Cetuximab can cause a rash.", "uncited-drug"),
    ("en", "Cetuximab can cause a rash [@douillard-2013].", ""),
    ("en", "Ask which drug fits you. A RAS test comes first.", ""),
    ("en", "Is cetuximab right for me?", ""),
    ("es", "El cetuximab puede causar una erupción.", "uncited-drug"),
    ("es", "El cetuximab puede causar una erupción [@douillard-2013].", ""),
    ("fr", "Le cétuximab peut donner une éruption.", "uncited-drug"),
    ("fr", "Le cétuximab peut donner une éruption [@douillard-2013].", ""),
    ("ar", "قد يسبب cetuximab طفحًا جلديًا.", "uncited-drug"),
    ("ar", "قد يسبب cetuximab طفحًا جلديًا [@douillard-2013].", ""),
    ("zh-hans", "西妥昔单抗可能引起皮疹。", "uncited-drug"),
    ("zh-hans", "西妥昔单抗可能引起皮疹[@douillard-2013]。", ""),
    ("en", "The first mix is often FOLFOX.", "uncited-drug"),
    ("es", "La primera mezcla suele ser FOLFOX.", "uncited-drug"),
    ("es", "¿Me conviene el cetuximab?", ""),
    ("fr", "Le premier mélange est souvent FOLFOX.", "uncited-drug"),
    ("fr", "Le cétuximab me convient-il ?", ""),
    ("ar", "المزيج الأول هو غالبًا FOLFOX.", "uncited-drug"),
    ("ar", "هل يناسبني cetuximab؟", ""),
    ("zh-hans", "第一种组合常常是FOLFOX。", "uncited-drug"),
    ("zh-hans", "西妥昔单抗适合我吗？", ""),
    # A percentage says of whom, and when.
    ("en", "It came back in 30% within a year" + CITED + ".", "percent-of-whom"),
    ("en", "It came back in 30% of patients" + CITED + ".", "percent-when"),
    ("en", "It came back in 30% of patients within two years" + CITED + ".", ""),
    ("es", "Volvió en el 30 % al cabo de un año" + CITED + ".", "percent-of-whom"),
    ("es", "Volvió en el 30 % de los pacientes" + CITED + ".", "percent-when"),
    ("es", "Volvió en el 30 % de los pacientes en dos años" + CITED + ".", ""),
    ("fr", "Il est revenu dans 30 % en deux ans" + CITED + ".", "percent-of-whom"),
    ("fr", "Il est revenu chez 30 % des patients" + CITED + ".", "percent-when"),
    ("fr", "Il est revenu chez 30 % des patients en deux ans" + CITED + ".", ""),
    ("ar", "عاد في 30% خلال سنتين" + CITED + ".", "percent-of-whom"),
    ("ar", "عاد لدى 30% من المرضى" + CITED + ".", "percent-when"),
    ("ar", "عاد لدى 30% من المرضى خلال سنتين" + CITED + ".", ""),
    ("zh-hans", "两年内有30%复发" + CITED + "。", "percent-of-whom"),
    ("zh-hans", "30%的患者复发" + CITED + "。", "percent-when"),
    ("zh-hans", "两年内30%的患者复发" + CITED + "。", ""),
    # A risk beside another needs both as numbers of people.
    ("en", "The drug halves the risk of return" + CITED + ".", "relative-risk"),
    ("en", "The risk of return was 20% lower in patients over a year" + CITED + ".", "relative-risk"),
    ("en", "The hazard ratio was 0.82" + CITED + ".", "relative-risk"),
    ("en", "Fewer fell ill: 7 of 100 people, not 20 of 100, so the risk was lower" + CITED + ".", ""),
    ("en", "With a higher risk, ask for a second opinion" + CITED + ".", ""),
    ("es", "El medicamento duplica el riesgo de sangrado" + CITED + ".", "relative-risk"),
    ("es", "El riesgo pasó de 20 de cada 100 a 7 de cada 100 personas, menos riesgo" + CITED + ".", ""),
    ("fr", "Le médicament double le risque de saignement" + CITED + ".", "relative-risk"),
    ("fr", "Le risque est plus élevé, demandez un autre avis" + CITED + ".", ""),
    ("ar", "يضاعف الدواء خطر النزيف" + CITED + ".", "relative-risk"),
    ("ar", "الخطر أعلى، فاطلبوا رأيًا آخر" + CITED + ".", ""),
    ("es", "El tratamiento reduce a la mitad el riesgo de recaída" + CITED + ".", "relative-risk"),
    ("es", "Si el riesgo es alto, pida otra opinión" + CITED + ".", ""),
    ("fr", "Le risque de retour est deux fois plus élevé" + CITED + ".", "relative-risk"),
    ("fr", "Le risque passe de 20 personnes sur 100 à 7 personnes sur 100" + CITED + ".", ""),
    ("ar", "الخطر النسبي هو 0.82" + CITED + ".", "relative-risk"),
    ("ar", "انخفض الخطر من 20 من كل 100 شخص إلى 7 من كل 100 شخص" + CITED + ".", ""),
    ("zh-hans", "风险比为0.82" + CITED + "。", "relative-risk"),
    ("zh-hans", "风险从每100人中20人降到每100人中7人" + CITED + "。", ""),
    ("en", "It grew again in 45% within two years" + CITED + ".", "percent-of-whom"),
    ("en", "The scan missed it in 5% of people" + CITED + ".", "percent-when"),
    ("es", "Creció de nuevo en el 45 % en dos años" + CITED + ".", "percent-of-whom"),
    ("es", "La imagen no lo vio en el 5 % de las personas" + CITED + ".", "percent-when"),
    ("fr", "Il a grandi de nouveau dans 45 % en deux ans" + CITED + ".", "percent-of-whom"),
    ("fr", "Le scanner ne l’a pas vu chez 5 % des personnes" + CITED + ".", "percent-when"),
    ("ar", "نما من جديد في 45% خلال سنتين" + CITED + ".", "percent-of-whom"),
    ("ar", "لم يظهر في الصور لدى 5% من الأشخاص" + CITED + ".", "percent-when"),
    ("zh-hans", "两年内有45%再次长大" + CITED + "。", "percent-of-whom"),
    ("zh-hans", "5%的患者在片子上看不出" + CITED + "。", "percent-when"),
    ("zh-hans", "这种药使出血风险增加2倍" + CITED + "。", "relative-risk"),
    ("zh-hans", "风险较高时，请再问一位医生" + CITED + "。", ""),
]  # fmt: skip


def test_every_rule_has_some_cases_in_every_language():
    there = Counter((language, wanted) for language, _text, wanted in CASES)

    rules = {wanted for _language, _text, wanted in CASES}
    assert len(rules) == 8
    for language in ("en", "es", "fr", "ar", "zh-hans"):
        assert min(there[language, rule] for rule in rules) >= 2, language


@pytest.mark.parametrize(("language", "text", "wanted"), CASES)
def test_claim_shows_what_it_stands_on(language, text, wanted):
    found = {each.id for each in evidence.findings(text, language)}

    assert found == ({wanted} if wanted else set())


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "These numbers describe groups, not one person.", True),
        ("en", "They cannot say what will happen to you.", True),
        ("en", "A group of doctors meets each week.", False),
        ("es", "Estos números describen grupos, no a una persona.", True),
        ("es", "Un grupo de médicos se reúne cada semana.", False),
        ("fr", "Cela décrit un groupe, pas une personne.", True),
        ("fr", "Un groupe de médecins se réunit.", False),
        ("ar", "يصف هذا مجموعة، لا شخصًا واحدًا.", True),
        ("ar", "تجتمع مجموعة من الأطباء كل أسبوع.", False),
        ("zh-hans", "这说的是一群人，不是某一个人。", True),
        ("zh-hans", "一群医生每周开会。", False),
    ],
)
def test_note_that_groups_are_not_persons_is_known_in_each_language(language, text, said):
    assert evidence.says_groups(text, language) is said


def test_finding_says_where_it_is():
    text = "Ask early.\n\n- Rest.\n- Half of the people had pain.\n"

    [found] = evidence.findings(text, "en", field="body")

    assert text[found.start : found.end] == found.words == "Half of the people had pain."
    assert (found.field, found.block) == ("body", 2)


def test_line_cannot_cite_and_is_not_asked_to():
    assert evidence.findings("About half of the people have it.", "en", line=True) == []


def test_language_without_words_is_asked_for_shares_and_drugs_alone():
    text = "Rund 27 % der Patienten. Die meisten leben länger, das Risiko ist doppelt so hoch."

    assert [each.id for each in evidence.findings(text, "de")] == ["uncited-number"]
