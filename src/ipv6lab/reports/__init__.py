"""What a grading shows to people: page, picture, terminal tables, packets.

Nothing here is imported before it is used: matplotlib, scapy and rich each cost a good part of
a second, and most commands need none of them. Import the module that does the job:

=============  =================================================================
``report_page``  one self-contained HTML page
``picture``    the network as SVG, PNG or PDF
``in_words``   the same network in words
``tables``     tables for the terminal
``live``       checks as they happen, in the terminal
``dissection`` frames in the form of a protocol analyser's list and tree
``evidence``   one small pcap for each check
``report_files`` all of it in a folder
=============  =================================================================
"""
