"""Language columns of the faq app's models."""

from review.content import register

from .models import FAQ, DoctorQuestion, Situation

register(FAQ, DoctorQuestion, Situation)
