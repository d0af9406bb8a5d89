"""Order by a language's own rules."""

import pytest

from review import alphabet


@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("en", ["ablation", "Biopsy", "écart", "zone"]),
        ("es", ["árbol", "azul", "nube", "nzz", "ñu", "oso"]),
        ("fr", ["cote", "coté", "côte", "côté", "curage"]),
        ("ar", ["أشعة", "تحليل", "كبد", "ورم"]),
        ("zh-hans", ["癌", "肠癌", "肝", "化疗", "转移"]),  # ái cháng gān huà zhuǎn
        ("sv", ["zon", "åder", "ärr", "öga"]),
    ],
)
def test_words_stand_in_the_order_of_their_language(language, ordered):
    assert sorted(set(ordered), key=alphabet.sort_key(language)) == ordered


@pytest.mark.parametrize(
    ("language", "words", "letters"),
    [
        ("en", ["RAS", "ablation", "Ångström", "5-FU"], ["#", "A", "R"]),
        ("es", ["ñu", "nube"], ["N", "Ñ"]),
        ("zh-hans", ["肝", "癌", "RAS"], ["A", "G", "R"]),
        ("ar", ["كبد", "RAS"], ["ك", "R"]),
    ],
)
def test_words_are_listed_under_the_letters_of_their_language(language, words, letters):
    found = alphabet.by_letter(words, language, str)

    assert [letter for letter, _words in found] == letters
    assert sorted(word for _letter, group in found for word in group) == sorted(words)
