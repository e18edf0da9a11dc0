"""The shop's own DynamoDB tables."""
