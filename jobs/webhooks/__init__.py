"""Tell a user's server that a job has ended: signed, retried, never on the painting path.

Signatures follow the Standard Webhooks specification 1.0. A delivery is written into the outbox by
the same script that ends the job, so it is neither lost nor sent for a job that did not end.
"""
