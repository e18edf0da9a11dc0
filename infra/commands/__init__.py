"""The commands of ``rekindle``, one module each: ``add_arguments(parser)`` and ``run(args) -> exit status``."""
