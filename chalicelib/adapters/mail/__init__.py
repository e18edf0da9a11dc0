"""E-mail: raw MIME, sent through Amazon SES."""
