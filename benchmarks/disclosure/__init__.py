"""Parts of audit_controls.py: facts that are planted, arithmetic that is known."""
