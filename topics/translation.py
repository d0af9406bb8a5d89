"""Language columns of the topics app's models."""

from review.content import register

from .models import Analogy, Guide, Topic

register(Guide, Topic, Analogy)
