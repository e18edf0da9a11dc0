"""Pages and the API of one machine, served by werkzeug."""
