"""What stands for AWS on one machine, engine by engine."""
