"""Passwords that somebody would try who knows what this site is about."""

import re
import unicodedata
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FEWEST = 8  # characters that must be left without these words
# In the languages of the site, as somebody types them: with and without accents is the same.
WORDS = frozenset(
    """
crcsite admin administrator password passphrase editor translator advisor medical patient patients
cancer colorectal colon rectum bowel tumor tumour metastasis metastases chemotherapy chemo oncology
oncologist hospital clinic doctor health liver stoma glossary guide
contrasena clave paciente pacientes colorrectal recto intestino quimioterapia oncologia oncologo
medico salud higado estoma
motdepasse patiente intestin metastase chimiotherapie oncologie oncologue hopital medecin sante foie
سرطان القولون المستقيم الامعاء الكبد مريض مرضى طبيب مستشفى علاج كيميائي كلمة المرور صحة
结直肠癌 大肠癌 直肠癌 结肠癌 癌症 肿瘤 转移 化疗 肝脏 患者 病人 医生 医院 健康 密码
""".split()  # noqa: SIM905  (a list of strings would be a page long)
)


class ContextValidator:
    """Refuses a password that is little else than words of this site and of its subject."""

    def validate(self, password, user=None):
        host = urlsplit(settings.SITE_URL).hostname or ""
        words = {*map(_bare, WORDS), *(part for part in re.split(r"\W", host) if len(part) > 3)}
        found = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        left, count = re.subn(found, "", _bare(password))
        if count and len(re.sub(r"[\s_.,-]", "", left)) < FEWEST:
            raise ValidationError(self.get_help_text(), code="password_of_the_subject")

    def get_help_text(self):
        return _(
            "Your password must hold at least %(fewest)d characters beside words that are obvious "
            "here, such as the name of this site, of an illness or of a profession."
        ) % {"fewest": FEWEST}


def _bare(text):
    """Without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))
