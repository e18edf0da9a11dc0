"""What surrounds the Lambdas: the template, the command line and the local machine."""
