"""The readability formulas, each as it was published: counts in, a figure out.

The tests hold each against examples that others published with their counts. None was found on
paper for French: its example is another program's.
"""

from math import sqrt


def flesch_kincaid(words, sentences, syllables):
    """The school year (USA) that an English text asks for.

    Kincaid, Fishburne, Rogers, Chissom (1975): Derivation of new readability formulas for Navy
    enlisted personnel. Research Branch Report 8-75, Naval Technical Training Command; p. 14.
    """
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


def smog(sentences, polysyllables):
    """The school year (USA) at which an English text is understood wholly, from its words of three
    or more syllables. The formula was made for 30 sentences.

    McLaughlin (1969): SMOG grading: a new readability formula. Journal of Reading 12(8), 639-646.
    """
    return 1.0430 * sqrt(polysyllables * 30 / sentences) + 3.1291


def fernandez_huerta(words, sentences, syllables):
    """How easy a Spanish text is, from 0 (very hard) to 100.

    Fernández Huerta (1959): Medidas sencillas de lecturabilidad. Consigna 214, 29-32:
    206.84 - 0.60 P - 1.02 F, with P the syllables in 100 words and F the words of a sentence.
    The paper says "sentences" for F; read so, short sentences would make a text harder: see
    Law (2011): Error in the Fernández Huerta readability formula. LINGUIST List 22.2332.
    """
    return 206.84 - 60 * syllables / words - 1.02 * words / sentences


def szigriszt_pazos(words, sentences, syllables):
    """How easy a Spanish text is, on the scale that INFLESZ reads for patients: below 40 very
    hard, to 55 rather hard, to 65 normal, to 80 rather easy, above it very easy.

    Szigriszt Pazos (1993): Sistemas predictivos de legibilidad del mensaje escrito: fórmula de
    perspicuidad. Thesis, Universidad Complutense de Madrid. The scale: Barrio-Cantalejo et al.
    (2008): Validación de la escala INFLESZ. An Sist Sanit Navar 31(2), 135-152.
    """
    return 206.835 - 62.3 * syllables / words - words / sentences


def kandel_moles(words, sentences, syllables):
    """How easy a French text is, from 0 (very hard) to 100, read like Flesch's scale.

    Kandel, Moles (1958): Application de l'indice de Flesch à la langue française. Cahiers
    d'Études de Radio-Télévision 19, 253-274: 207 - 1.015 x words of a sentence - 0.736 x syllables
    in 100 words.
    """
    return 207 - 1.015 * words / sentences - 73.6 * syllables / words
