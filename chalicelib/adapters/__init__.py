"""Everything that talks to the outside: DynamoDB, SES, SQS, templates, tokens."""
