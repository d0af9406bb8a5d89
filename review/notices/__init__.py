"""What people are told by mail. It follows the ledger: nothing in the workflow calls it.

``telling`` and ``reminders`` note what there is to tell, ``whom`` says to whom, ``letters`` words
it, ``mail`` sends it, ``links`` leads an advisor from a mail to her request.
"""
