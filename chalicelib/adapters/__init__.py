"""Everything that connects to the outside: DynamoDB, SES, SQS, templates, tokens."""
