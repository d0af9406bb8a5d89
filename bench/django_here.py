"""Django, set up for the scripts of this folder; bench/run.py starts them with its settings."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crcsite.settings")

import django  # noqa: E402

django.setup()
