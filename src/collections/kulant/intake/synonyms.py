"""Column names seen in exports of Nordic, German and English accounting programs, words joined by underscores."""

SYNONYMS: dict[str, str] = {
    "customer_id": (
        "customer customer_no customer_number customer_nr cust_number cust_no custno customerid client_id "
        "account account_no account_number debtor debtor_id debtor_no kundenr kundenummer kunde_nr kunde_id "
        "kund_nr kundnr kundnummer debitor debitor_nr debitornr debitorennummer kundennummer kundennr "
        "asiakasnumero asiakasnro"
    ),
    "customer_name": (
        "name client client_name company company_name name_customer debtor_name kunde kundenavn navn kund "
        "kundnamn namn debitornavn firma firmanavn firmennavn asiakas asiakkaan_nimi nimi"
    ),
    "customer_kind": "customer_type kundetype kundtyp kundentyp",
    "country": "country_code land landkode landkod ländercode maa maakoodi",
    "language": "language_code språk språkkode språkkod sprog sprache kieli",
    "currency": "currency_code invoice_currency cur ccy valuta valutakode valutakod währung waehrung valuutta",
    "email": "e_mail mail email_address epost e_post epostadresse e_postadress mailadresse sähköposti",
    "phone": "telephone tel mobile phone_number telefon telefonnummer mobil tlf telefonnr puhelin",
    "address": (
        "street street_address billing_address adresse adress gateadresse gatuadress postadresse anschrift osoite"
    ),
    "invoice_number": (
        "invoice invoice_no invoice_nr invoice_id invoicenumber invoiceno inv_no doc_id doc_no "
        "document_number document_no document faktura fakturanr fakturanummer faktura_nr bilag bilagsnr "
        "bilagsnummer rechnung rechnungsnummer rechnungsnr belegnummer laskunumero lasku_nro"
    ),
    "kind": "type document_type invoice_type fakturatype belegart bilagstype typ tyyppi",
    "issue_date": (
        "invoice_date invoicedate date_issued issued posting_date document_date document_create_date "
        "fakturadato faktura_dato fakturadatum utstedt bilagsdato rechnungsdatum belegdatum laskun_päivä "
        "laskupäivä"
    ),
    "due_date": (
        "due duedate due_in_date date_due payment_due forfall forfallsdato forfalldato forfaldsdato "
        "förfallodatum förfallodag betalingsfrist fällig fälligkeit fälligkeitsdatum eräpäivä"
    ),
    "amount": (
        "invoice_amount invoiceamount total total_amount gross gross_amount sum amount_due beløp belop belopp "
        "fakturabeløp totalbeløp beløb summa total_sum betrag rechnungsbetrag bruttobetrag summe loppusumma"
    ),
    "open_amount": (
        "open outstanding outstanding_amount balance remaining remaining_amount amount_open total_open_amount "
        "restbeløp rest saldo åpent åpent_beløp utestående restbelopp åben offen offener_betrag restbetrag "
        "avoinna"
    ),
    "margin": (
        "gross_margin profit contribution fortjeneste dekningsbidrag täckningsbidrag dækningsbidrag deckungsbeitrag"
    ),
    "payment_reference": (
        "reference_number kid kid_nummer kidnr ocr ocr_nummer ocr_number fik viitenumero viite "
        "betalingsreferanse betalningsreferens zahlungsreferenz"
    ),
    "order_reference": (
        "order order_no order_number po po_number purchase_order ordrenr ordrenummer ordernummer "
        "bestillingsnr bestellnummer tilaus tilausnumero deres_ref"
    ),
    "disputed": "dispute in_dispute omtvistet bestridt bestriden omtvistad bestritten",
    "settled_date": (
        "settleddate paid_date date_paid paid_on clear_date clearing_date payment_date betalt betalt_dato "
        "betalingsdato betaldatum betald bezahlt_am zahlungsdatum maksupäivä"
    ),
    "credits_invoice": "credited_invoice original_invoice krediterer krediterar kreditert_faktura",
    "payment_id": (
        "payment payment_no payment_number transaction transaction_id transaction_no betaling betalings_id "
        "betalingsnr transaksjon transaksjons_id archive_reference arkivreferanse zahlung zahlungs_id"
    ),
    "date": (
        "payment_date value_date booking_date booked bokført bokføringsdato dato datum valuteringsdato "
        "transaksjonsdato buchungsdatum valuta_datum päivämäärä"
    ),
    "reference": (
        "payment_reference remittance remittance_information message kid ocr melding meddelande besked "
        "verwendungszweck viite viesti"
    ),
    "interaction_id": (
        "interaction activity_id activity_no contact_id ticket ticket_id ticket_no case_id sak_nr saksnr saksnummer "
        "aktivitetsnr ärendenr ärendenummer sagsnr sagsnummer"
    ),
    "direction": "in_out retning riktning richtung suunta",
    "text": (
        "note notes comment comments description subject notat merknad kommentar beskrivelse beskrivning anteckning "
        "bemerkning bemerkung notiz muistiinpano"
    ),
    "by": "handled_by agent employee user medarbeider medarbejder medarbetare saksbehandler handläggare mitarbeiter",
    "answered_date": "answered answered_on closed closed_date besvart besvart_dato besvaret besvarat löst beantwortet",
    "outcome": "result resolution utfall resultat ergebnis",
    "expected": "expectation forventet forventning forventet_poeng förväntat erwartet",
    "got": "received experienced opplevd fikk fik fick erhalten",
    "reverses": "reversed_payment reversal_of reverserer tilbakefører",
    "name": "customer_name company company_name kundenavn navn kundnamn namn firma firmanavn nimi",
    "customer_since": "since created created_date kunde_siden kund_sedan kunde_seit opprettet",
    "account_manager": "sales_rep salesperson seller owner selger säljare sælger kundeansvarlig kundansvarig betreuer",
    "segment": "group customer_group kundegruppe kundgrupp kundengruppe",
    "credit_limit": "limit kredittgrense kreditgräns kreditmax kreditlimit",
    "contact_opt_out": "opt_out reservert",
    "no_dunning": "dunning_block block_dunning purresperre purrestopp kravspärr mahnsperre",
}
