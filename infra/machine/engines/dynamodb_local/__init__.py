"""DynamoDB Local, AWS's own engine, in a child process."""
