"""The programs' door: ``/api/v1``, everything the command line does over HTTP."""
