"""The engines that take the place of AWS on one machine."""
