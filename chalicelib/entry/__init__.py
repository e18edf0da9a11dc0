"""Lambda's event → a service's call: streams, queue messages, delivery reports."""
