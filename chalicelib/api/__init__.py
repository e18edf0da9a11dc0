"""HTTP: a request comes in, one service is called, a response goes out."""
