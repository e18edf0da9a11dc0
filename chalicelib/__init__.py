"""Rekindle: marketing automation for shops, on AWS's serverless parts."""
