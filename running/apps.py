"""Wiring of the running app: what operators need, and no reader sees."""

from django.apps import AppConfig


class RunningConfig(AppConfig):
    name = "running"
    verbose_name = "Running"
