"""The way out for everything said unasked: plan, claim, look once more, post once, record, reconcile.

Nothing else posts. What is promised, and what cannot be, is in `docs/delivery.md`.
"""
