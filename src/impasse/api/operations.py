"""Every operation in the other language: the summary in English, and the description in Dutch.

Beside an endpoint stand its summary in Dutch and its docstring in English; the document that
describes the API tells both in both.
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """What stands beside an endpoint, in the other language."""

    summary_en: str
    description_nl: str


_SECRETARIAT = "Voor het secretariaat."
_AS_IT_IS = "Het antwoord is de zaak zoals zij dan is."

OPERATIONS = {
    "listObjectivePart": Words(
        "Objective part of a case",
        "Geeft wat gedeeld en objectief is: feiten, alternatieven, gevolgen; geen opvattingen.",
    ),
    "listDisclosureGrounds": Words(
        "Grounds of the Woo",
        "Geeft de gronden waarop informatie kan worden geweigerd, in de volgorde van de wet.",
    ),
    "listDisclosureAssessments": Words(
        "What your government discloses",
        "Geeft elk stuk in de gedeelde kamer, met wat uw eigen overheid erover besloot. Wat een "
        "andere overheid besloot, is haar eigen zaak.",
    ),
    "assessDisclosure": Words(
        "Assess an item under the Woo",
        "Leg vast wat uw overheid over één stuk besluit, voor haar eigen exemplaar; een nieuwe "
        "beoordeling vervangt de vorige.",
    ),
    "showDisclosureAssessment": Words(
        "What your government discloses of one item",
        "Geeft één stuk uit de gedeelde kamer, met wat uw eigen overheid erover besloot.",
    ),
    "showDisclosureExport": Words(
        "Export for a request under the Woo",
        "Geeft wat uw overheid overhandigt: een inventaris, en wat zij geheel openbaar maakte. "
        "Alleen uit de gedeelde kamer. Van wat deels openbaar is staat de reden erbij, van de "
        "rest een regel.",
    ),
    "listLegalHolds": Words(
        "Legal holds of a case",
        "Geeft de bewaarplichten die ooit op een zaak zijn gelegd, de oudste eerst.",
    ),
    "placeHold": Words(
        "Place a legal hold",
        "Verbied dat er iets van de zaak wordt vernietigd; ook als zij gesloten is.",
    ),
    "showLegalHold": Words(
        "One legal hold", "Geeft één bewaarplicht; haar `ETag` is die van de zaak."
    ),
    "liftHold": Words(
        "Lift a legal hold",
        "Beëindig een bewaarplicht: door de organisatie waarvoor zij geldt, of het secretariaat.",
    ),
    "showPersonalData": Words(
        "Data about yourself", "Geeft alles wat over u wordt bewaard, om mee te nemen."
    ),
    "listCases": Words("Cases that you may see", "De zaken die u mag zien, op nummer."),
    "openCase": Words(
        "Flag a disagreement",
        "Meld een verschil van inzicht: het wordt een zaak in de eerste fase van haar procedure.",
    ),
    "showCase": Words("One case", "Geeft één zaak."),
    "listTransitions": Words(
        "Moves that there are",
        "Geeft de stappen vanuit deze fase, voor wie ze zijn, en wat elk nog mist.",
    ),
    "makeTransition": Words("Make a move", f"Zet een stap van de procedure. {_AS_IT_IS}"),
    "listAllSignals": Words(
        "Signals that you may see",
        "Geeft de signalen van alle zaken die u mag zien: op zaaknummer, dan het oudste eerst.",
    ),
    "listSignals": Words("Signals of a case", "Geeft de signalen van een zaak, het oudste eerst."),
    "reportSignal": Words(
        "Report a signal",
        "Voeg toe wat u zag: voor iedereen die de zaak ziet, of alleen voor wie in een besloten "
        "kamer mag.",
    ),
    "showSignal": Words("One signal", "Geeft één signaal; zijn `ETag` is die van de zaak."),
    "closeSignal": Words("Close a signal", "Zeg dat niet meer geldt wat een signaal meldde."),
    "listParties": Words(
        "Parties of a case", "Geeft wie er deelneemt, in de volgorde waarin zij erbij kwamen."
    ),
    "addParty": Words("Add a party", "Haal er een andere organisatie bij."),
    "listSubstitutions": Words(
        "Absences and substitutes",
        "Geeft de afwezigheid die u ziet, op eerste dag: de uwe, van wie u vervangt, en van wie u "
        "die bijhoudt.",
    ),
    "recordSubstitution": Words(
        "Record an absence",
        "Leg vast wie u vervangt, of wie iemand vervangt van wie u de afwezigheid bijhoudt.",
    ),
    "showSubstitution": Words(
        "One absence", "Geeft één afwezigheid, met de dagen waarop niemand waarneemt."
    ),
    "endSubstitution": Words(
        "End an absence",
        "Beëindig een afwezigheid eerder, of zeg haar af; dat zij er was, blijft bewaard.",
    ),
    "listEscalationPolicies": Words(
        "Adopted escalation policies",
        "Geeft elke aangenomen versie; van elk beleid eerst de versie die geldt.",
    ),
    "adoptEscalationPolicy": Words(
        "Adopt an escalation policy",
        "Neem een versie van een beleid aan, of kijk alleen na wat dat zou doen. Wat niet klopt "
        "wordt geweigerd met elke reden, elk met zijn regel. Wat al loopt, houdt het beleid "
        "waarmee het begon. Voor het secretariaat en beheerders.",
    ),
    "showEscalationPolicy": Words(
        "One escalation policy",
        "Geeft één versie, met `naam@versie`; met alleen de naam de versie die geldt.",
    ),
    "listInboundMails": Words(
        "E-mail that came in",
        "Geeft binnengekomen e-mail, de nieuwste eerst: voor de beheerder. Geen woord van wat erin "
        "staat.",
    ),
    "showInboundMail": Words(
        "One e-mail that came in",
        "Geeft wat van één e-mail bekend is, behalve wat erin staat: voor de beheerder.",
    ),
    "releaseInboundMail": Words(
        "Release an e-mail",
        "Sta in voor de afzender: de e-mail wordt ongelezen opgenomen, in de meest eigen kamer van "
        "wie het antwoordadres kreeg. 409 als hij bij geen antwoordadres hoort, niet te lezen is, "
        "of in de zaak niet meer kan.",
    ),
    "discardInboundMail": Words(
        "Discard an e-mail",
        "Gooi een e-mail ongelezen weg, voorgoed. 409 als er al over is beslist.",
    ),
    "listRotas": Words(
        "Duty rotas",
        "Geeft de dienstroosters van uw organisatie, op naam; aan een beheerder die van ieder.",
    ),
    "createRota": Words(
        "Make a duty rota",
        "Maak een dienstrooster: voor het secretariaat van de organisatie, of een beheerder.",
    ),
    "showRota": Words(
        "One duty rota",
        "Geeft één dienstrooster, met de werkdagen van de komende acht weken die niemand heeft.",
    ),
    "removeRota": Words(
        "Remove a duty rota",
        "Verwijder een dienstrooster met zijn diensten; een beleid dat het noemt, vindt dan "
        "niemand van dienst.",
    ),
    "listDutyDays": Words(
        "Who is on duty per day",
        "Geeft wie er op elke dag van de komende acht weken van dienst is; wie afwezig is, is al "
        "vervangen.",
    ),
    "listDuties": Words(
        "Duties", "Geeft wat er vanaf vandaag is gepland en geruild, op eerste dag."
    ),
    "planDuties": Words(
        "Plan duties",
        "Plan beurten; het antwoord is het rooster zoals het dan is. Dagen die al van iemand zijn, "
        "geven 409.",
    ),
    "swapDuty": Words(
        "Record a swap",
        "Laat iemand dagen overnemen: uw eigen dagen, of elke dag als u het rooster bijhoudt.",
    ),
    "showDuty": Words("One duty", "Geeft één dienst die nog telt."),
    "endDuty": Words(
        "End a duty",
        "Beëindig een dienst of een ruil vanaf vandaag; wie eerder van dienst was, blijft bekend.",
    ),
    "listPersonGroups": Words(
        "Groups", "Geeft de groepen, op naam: voor het secretariaat en beheerders."
    ),
    "createPersonGroup": Words(
        "Make a group", "Maak een groep; een naam die al bestaat, geeft 409."
    ),
    "showPersonGroup": Words("One group", "Geeft één groep."),
    "changePersonGroup": Words(
        "Change a group", "Zet een andere naam en andere leden in plaats van die van nu."
    ),
    "removePersonGroup": Words(
        "Remove a group",
        "Verwijder een groep; een beleid dat haar noemt, vindt daar dan niemand.",
    ),
    "listAllEscalations": Words(
        "Escalations that you may see",
        "Geeft de opschalingen van alle zaken die u mag zien: op zaaknummer, dan op nummer.",
    ),
    "listEscalations": Words(
        "Escalations of a case",
        "Geeft de opschalingen van een zaak, ook die beëindigd zijn, op nummer.",
    ),
    "startEscalation": Words(
        "Begin an escalation",
        "Laat met de hand een beleid beginnen; bekijk eerst in `escalation-outlook` wie dan "
        "bericht krijgt.",
    ),
    "showPolicyOutlook": Words(
        "Who would hear what, when an escalation begins",
        "Geeft wie wat wanneer hoort, als een beleid nu begon en niemand antwoordde.",
    ),
    "showEscalation": Words(
        "One escalation",
        "Geeft één opschaling: wat is verteld, wie antwoordde, en wat er dan komt; haar `ETag` is "
        "die van de zaak.",
    ),
    "showEscalationOutlook": Words(
        "Who hears what when, if nobody answers",
        "Geeft de treden die nog komen als niemand antwoordt: aan wie, en wanneer.",
    ),
    "listEscalationHistory": Words(
        "History of an escalation, with who was told",
        "Geeft op volgorde wat er gebeurde, door welke regel wie bericht kreeg, en hoe dat is "
        "bezorgd.",
    ),
    "acknowledgeEscalation": Words(
        "Take an escalation up",
        "Pak een opschaling op, voor uw eigen kant: zij wacht tot de beloofde dag, en zegt het "
        "als die verstrijkt.",
    ),
    "snoozeEscalation": Words(
        "Snooze an escalation",
        "Laat een opschaling even rusten: een paar keer, en nooit voorbij een wettelijk einde. Een "
        "nieuw signaal maakt haar wakker.",
    ),
    "endSnooze": Words(
        "Let a snoozed escalation go on",
        "Laat een weggelegde opschaling eerder weer lopen; dat zij rustte, blijft bewaard.",
    ),
    "settleEscalation": Words(
        "Settle an escalation",
        "Beëindig een opschaling omdat gedaan is wat zij vraagt: door wie haar begon, de "
        "bemiddelaar of het secretariaat.",
    ),
    "listOrgans": Words(
        "Organs per layer", "Geeft de organen die per bestuurslaag worden voorgesteld."
    ),
    "listConfirmations": Words(
        "What was confirmed", "Geeft wat is bevestigd, op soort en organisatie."
    ),
    "confirm": Words("Confirm something", f"Leg een bevestiging vast. {_AS_IT_IS}"),
    "appoint": Words("Appoint somebody", "Wijs de behandelaar of de bemiddelaar aan."),
    "recordEvent": Words("Record what happened", "Bewaar in het verloop iets wat is gebeurd."),
    "raiseTier": Words("Raise the tier", "Breng de zaak naar een hogere tafel."),
    "listTerms": Words(
        "Terms of a case", "Geeft elke termijn van de zaak, de oudste eerst, met haar uitleg."
    ),
    "listSuspensions": Words(
        "Suspensions of a term",
        "Geeft de opschortingen van een termijn, in de volgorde waarin zij zijn vastgelegd.",
    ),
    "suspend": Words("Suspend the term", f"Zet de klok van de lopende termijn stil. {_AS_IT_IS}"),
    "previewSuspension": Words(
        "What suspending would do",
        "Geeft de dag waarop een opschorting zou uitkomen, en waarom. Er verandert niets.",
    ),
    "resume": Words("Resume the term", f"Beëindig een opschorting. {_AS_IT_IS}"),
    "previewResumption": Words(
        "What resuming would do",
        "Geeft de dag waarop hervatten zou uitkomen, en waarom. Er verandert niets.",
    ),
    "listExtensions": Words(
        "Extensions of a term",
        "Geeft de verlengingen van een termijn, in de volgorde waarin zij zijn gegeven.",
    ),
    "extend": Words("Extend the term", f"Maak de lopende termijn langer. {_AS_IT_IS}"),
    "previewExtension": Words(
        "What extending would do",
        "Geeft de dag waarop een verlenging zou uitkomen, en waarom. Er verandert niets.",
    ),
    "listTasks": Words(
        "Work in this stage",
        "Geeft de taken van de fase waarin de zaak nu is, in de volgorde van de procedure. Tijdens "
        "een pauze staan daarachter de taken die rusten tot de zaak terug is.",
    ),
    "start": Words("Take up a task", f"Pak een taak op. {_AS_IT_IS}"),
    "complete": Words("Complete a task", f"Zeg dat een taak klaar is. {_AS_IT_IS}"),
    "withdraw": Words("Withdraw a task", f"Zeg dat een taak niet meer hoeft. {_AS_IT_IS}"),
    "reopen": Words("Have a task done again", f"Laat een taak opnieuw doen. {_AS_IT_IS}"),
    "close": Words(
        "Go on without what is not done",
        "Trek in wat van de taken met één naam niet klaar is, en ga verder.",
    ),
    "showLedger": Words(
        "Whom a case waited for", "Geeft voor elke dag van de zaak op wiens rekening die staat."
    ),
    "showClocks": Words("The clocks of a case", "Geeft de vier klokken van de zaak."),
    "listHistory": Words(
        "Course of a case", "Geeft wat er in een zaak is gedaan, het oudste eerst."
    ),
    "showEarlyWarning": Words("How a case stands", "Geeft de score van vandaag, met haar redenen."),
    "listIndicators": Words(
        "What you can report", "Geeft de codes die een signaal kan hebben, in woorden."
    ),
    "showForecast": Words(
        "The chance that a term is not met",
        "Geeft wat gelijke zaken zeggen over de termijn die vandaag loopt.",
    ),
    "listOrganisations": Words(
        "Governments of the register", "Geeft de organisaties van het register, op code."
    ),
    "showOrganisation": Words("One government", "Geeft één organisatie."),
    "listMeetings": Words("Meetings", "Geeft de overleggen, het eerste vooraan."),
    "planMeeting": Words("Plan a meeting", "Zet een overleg op de kalender."),
    "showMeeting": Words("One meeting", "Geeft één overleg."),
    "listAgendaItems": Words(
        "Agenda of a meeting",
        "Geeft de punten op de agenda en, voor het eerstvolgende overleg, wat nog op een besluit "
        "wacht.",
    ),
    "decideAgendaItem": Words(
        "Decide on a candidate", "Zet een voorstel op de agenda van dit overleg, of wijs het af."
    ),
    "showAgendaItem": Words(
        "One agenda item", "Geeft een voorstel, wat er in dit overleg ook over is besloten."
    ),
    "listRooms": Words(
        "Rooms of a case that you may enter",
        "Geeft de kamers van een zaak die er voor u zijn, de gedeelde eerst. Wat in een besloten "
        "kamer staat, en dat er iets staat, hoort alleen wie erin mag.",
    ),
    "showRoom": Words(
        "One room",
        "Geeft één kamer; haar `ETag` verandert met wat daar gebeurt, en met de zaak.",
    ),
    "listRoomHistory": Words(
        "History of a room",
        "Geeft wat in een kamer is gedaan, het oudste eerst; dat van de gedeelde kamer is het "
        "verloop van de zaak. Een vertrouwelijke kamer heeft een eigen keten, met hashes van de "
        "inhoud en nooit de inhoud zelf.",
    ),
    "listRoomReads": Words(
        "Who read here",
        "Geeft wie in een vertrouwelijke kamer las, de laatste eerst; van de gedeelde kamer wordt "
        "niets bewaard.",
    ),
    "listContributions": Words(
        "What stands in a room",
        "Geeft wat in een kamer staat, in de volgorde waarin het kwam. Wat is vernietigd, houdt "
        "zijn plaats, zonder inhoud. In een vertrouwelijke kamer wordt bewaard dat u las.",
    ),
    "contribute": Words(
        "Bring something into a room",
        "Breng een notitie, een document of een signaal in een kamer; daar blijft het. In de "
        "gedeelde kamer leest iedereen het die de zaak ziet. Van een vertrouwelijke kamer blijkt "
        "buiten niets: niet in de revisie van de zaak, niet in haar verloop, nummers of berichten.",
    ),
    "showContribution": Words(
        "One contribution",
        "Geeft één bijdrage; haar `ETag` is die van de kamer. In een vertrouwelijke kamer wordt "
        "bewaard dat u las.",
    ),
    "showContent": Words(
        "The file of a document",
        "Geeft het bestand van een document als bytes om te bewaren, nooit om in een browser te "
        "tonen.",
    ),
    "destroy": Words(
        "Destroy the content of a contribution",
        "Vernietig de inhoud van een bijdrage in een vertrouwelijke kamer: door van wie zij is, "
        "met een reden. Dat zij er stond, blijft in het verloop van de kamer, met haar hash. 409 "
        "zolang er een bewaarplicht is.",
    ),
    "listReleases": Words(
        "Wordings proposed to be shared",
        "Geeft de teksten die in een kamer zijn voorgesteld, de oudste eerst, en wat ervan werd.",
    ),
    "proposeRelease": Words(
        "Propose to share a wording",
        "Stel voor precies deze woorden te delen. Er wordt niets gedeeld voordat van wie het is, "
        "het goedkeurt.",
    ),
    "showRelease": Words(
        "One proposed wording", "Geeft één voorgestelde tekst; de `ETag` is die van de kamer."
    ),
    "decideRelease": Words(
        "Decide on a proposed wording",
        "Keur een tekst goed, dan wordt hij gedeeld; of wijs hem af, dan wordt niets gedeeld. "
        "Alleen door de partij van wie de kamer is. 409 als `wording` niet die van het voorstel "
        "is, of als een ander al besliste.",
    ),
    "withdrawRelease": Words(
        "Withdraw a proposal to share",
        "Trek een voorstel in: door wie het deed, of voor dezelfde organisatie.",
    ),
    "listSearchResults": Words(
        "Search what you may see",
        "Geeft waar alle woorden in staan: de nieuwste zaak eerst, en van een zaak haarzelf, haar "
        "signalen en wat in haar kamers staat. Wie iets vindt in een vertrouwelijke kamer, heeft "
        "daar gelezen, en dat wordt bewaard.",
    ),
    "listWorkflows": Words(
        "Adopted procedures", "Geeft elke aangenomen versie, van elke naam de laatste eerst."
    ),
    "adoptWorkflow": Words(
        "Adopt a procedure",
        "Neem een versie van een procedure aan, of kijk alleen waar dat op uitkomt. Wat niet "
        "deugt, wordt geweigerd met elke reden en haar regel. Een versie kent men aan nummer en "
        f"inhoud: twee keer dezelfde wordt één keer aangenomen. {_SECRETARIAT}",
    ),
    "showWorkflow": Words(
        "One procedure",
        "Geeft één versie, met `naam@versie`; met alleen de naam die van nieuwe zaken.",
    ),
    "showCertificate": Words(
        "What was proven of a procedure",
        "Geeft het certificaat van één versie: elke eigenschap, met een pad dat haar laat zien.",
    ),
    "listMigrations": Words(
        "Migrations", f"Geeft elke overstap, op volgorde van nummer. {_SECRETARIAT}"
    ),
    "planMigration": Words(
        "Plan a migration",
        "Reken voor elke open zaak uit wat overstappen met haar doet; geen zaak verandert. "
        f"{_SECRETARIAT}",
    ),
    "showMigration": Words("One migration", f"Geeft één overstap. {_SECRETARIAT}"),
    "listMigrationItems": Words(
        "The cases of a migration",
        f"Geeft de zaken van een overstap met hun plan, op nummer. {_SECRETARIAT}",
    ),
    "runMigration": Words(
        "Carry out a migration",
        "Laat elke zaak overstappen die dat kan en mag, elk in een eigen transactie. Een "
        "uitvoering die afbrak, voert u opnieuw uit; geen zaak stapt twee keer over. "
        f"{_SECRETARIAT}",
    ),
    "undoMigration": Words(
        "Undo a migration",
        "Neem elke zaak terug waarmee sindsdien niets is gebeurd; de andere zeggen wat er "
        f"gebeurde. {_SECRETARIAT}",
    ),
    "showOtherVersion": Words(
        "What another version would change of a case",
        "Geeft wat er aan deze zaak zou veranderen met een andere versie van haar procedure.",
    ),
    "showSimulation": Words(
        "A procedure simulated",
        f"Simuleert één versie, met `naam@versie` en de gewone aannames. {_SECRETARIAT}",
    ),
    "showFlow": Words(
        "How a procedure runs",
        "Geeft hoe zaken door één versie lopen, met `naam@versie`; met alleen de naam door alle.",
    ),
    "listCalendars": Words(
        "Calendars", "Geeft elke aangenomen versie van de kalender; één daarvan geldt."
    ),
    "adoptAnother": Words(
        "Adopt a calendar",
        "Laat een kalender gelden en reken open termijnen opnieuw uit; het antwoord zegt welke "
        "verschuiven. Een kalender kent men aan wat erin staat: twee keer dezelfde wordt één keer "
        f"aangenomen. {_SECRETARIAT}",
    ),
    "showCalendar": Words(
        "One calendar",
        "Geeft één versie met de vrije dagen van een jaar; `in-force` is die nu geldt.",
    ),
    "deleteCalendar": Words(
        "Delete a calendar",
        "Verwijder een versie waar niets naar verwijst; waarmee is gerekend, blijft: 409. "
        f"{_SECRETARIAT}",
    ),
    "previewCalendar": Words(
        "What a calendar would change",
        "Zegt wat een kalender zou veranderen en welke open termijnen zouden verschuiven. Er "
        f"verandert niets. {_SECRETARIAT}",
    ),
    "listTokens": Words(
        "Your tokens",
        "Geeft uw tokens die werken, het oudste eerst; hun geheim wordt nergens bewaard.",
    ),
    "makeToken": Words(
        "Make a token",
        "Maak een token van uzelf; het geheim staat in dit antwoord en daarna nergens. Hetzelfde "
        "verzoek met dezelfde `Idempotency-Key` maakt er geen tweede, en noemt geen geheim. Wie "
        "het geheim kwijt is, trekt het token in en maakt een ander.",
    ),
    "showToken": Words("One token", "Geeft één token van u, zonder geheim."),
    "revokeOneToken": Words(
        "Revoke a token",
        "Maak een token van u meteen onbruikbaar; het mag het token zijn waarmee u dit vraagt.",
    ),
    "listUsers": Words(
        "Users",
        "Geeft ieder die zich kan aanmelden, uitgezet of niet, op gebruikersnaam. Voor de "
        "beheerder.",
    ),
    "addUser": Words(
        "Add a user",
        "Voeg iemand toe; wie nog geen wachtwoord heeft, nodigt u daarna uit. Een gebruikersnaam "
        "die er al is, geeft 409. Voor de beheerder.",
    ),
    "showUser": Words("One user", "Geeft één gebruiker. Voor de beheerder."),
    "changeUser": Words(
        "Change a user",
        "Zet andere gegevens in de plaats van die van nu; `disabled` sluit meteen elke ingang. "
        "Wie weer aan gaat, meldt zich opnieuw aan: aanmeldingen en tokens van eerder komen niet "
        "terug. Een beheerder kan zichzelf niet uitzetten, en zijn eigen rollen en organisatie "
        "niet veranderen.",
    ),
    "makeSignInLink": Words(
        "Make an invitation or a reset link",
        "Maak een link waarmee een gebruiker een wachtwoord kiest; er verandert niets tot die is "
        "gebruikt. Een eerdere link werkt niet meer. De link wordt nergens bewaard: hetzelfde "
        "verzoek met dezelfde `Idempotency-Key` maakt geen andere, en geeft null. Een uitnodiging "
        "voor wie al een wachtwoord heeft, geeft 409.",
    ),
    "listWebhookAddresses": Words(
        "Webhooks",
        "Geeft uw webhooks die aan staan, of die uit staan; hun geheim niet. Een beheerder krijgt "
        "die van iedereen.",
    ),
    "addWebhookAddress": Words(
        "Add a webhook",
        "Voeg een webhook van uzelf toe. Die hoort van de zaken die u mag zien, zolang u dat mag. "
        "Het antwoord bevat het geheim dat de berichten ondertekent; alleen hetzelfde verzoek met "
        "dezelfde `Idempotency-Key` geeft dat nog eens. Een tweede met hetzelfde adres is 409.",
    ),
    "showWebhookAddress": Words(
        "One webhook", "Geeft één webhook van u; aan een beheerder die van ieder."
    ),
    "disableWebhookAddress": Words(
        "Switch a webhook off",
        "Stuurt niets meer naar dit adres; wat er nog voor wachtte, wordt niet verzonden.",
    ),
    "rotateWebhookSecret": Words(
        "Give a webhook a new secret",
        "Geef een webhook van u een nieuw geheim; het oude ondertekent nog een tijd mee. Tot dan "
        "draagt elk bericht beide handtekeningen, de nieuwe eerst. Het antwoord bevat het nieuwe "
        "geheim; alleen hetzelfde verzoek met dezelfde `Idempotency-Key` geeft dat nog eens.",
    ),
    "startWebhookAddress": Words(
        "Switch a stopped webhook on again",
        "Stuurt weer naar een webhook van u die is gestopt omdat er niets aankwam. Wat intussen "
        "is opgegeven, is bewaard en gaat opnieuw als u daarom vraagt.",
    ),
    "listMessageDeliveries": Words(
        "Deliveries",
        "Geeft wat er van elk bericht werd voor uw webhooks en voor u, het oudste eerst. Een "
        "beheerder krijgt ook wat naar personen ging, zonder zaak, soort of nummer van het "
        "bericht.",
    ),
    "showMessageDelivery": Words("One delivery", "Geeft één bezorging waar u over gaat."),
    "replayMessageDeliveries": Words(
        "Send again what did not arrive",
        "Verstuur opnieuw waar u over gaat en wat past: zonder filter alles wat onbestelbaar is. "
        "Elk bericht houdt zijn nummer, zodat de ontvanger een herhaling herkent. Naar een "
        "webhook kan ook opnieuw wat aankwam: noem de toestand `delivered`.",
    ),
    "replayMessageDelivery": Words(
        "Send one message again",
        "Verstuur één bezorging opnieuw waar u over gaat; het bericht houdt zijn nummer. Wat nog "
        "onderweg is, niet meer gewenst was of naar een webhook gaat die uit staat, geeft 409.",
    ),
    "showMe": Words("Who you are", "Geeft van wie het token is."),
    "listNotifications": Words(
        "Your notifications",
        "Geeft wat u is gemeld, het nieuwste eerst. Lezen markeert niets als gezien; wat over een "
        "zaak gaat die u niet meer ziet, staat er niet meer bij.",
    ),
    "showNotification": Words(
        "One notification", "Geeft één melding van u. Lezen markeert haar niet als gezien."
    ),
    "seeNotification": Words(
        "Say that you saw a notification",
        "Zeg dat u deze melding hebt gezien; de eerste keer wordt bewaard. Wat ervan nog per "
        "e-mail zou gaan, gaat dan niet meer.",
    ),
    "judgeNotification": Words(
        "Say what a notification is worth",
        "Zeg of deze melding terecht, te vroeg, te laat of onterecht was, in plaats van wat u "
        "eerder zei.",
    ),
    "showNotificationBudget": Words(
        "How much e-mail everybody gets",
        "Geeft hoeveel e-mails elke persoon in een week kreeg, zonder zaken. Voor de beheerder.",
    ),
    "showNotificationSettings": Words(
        "How you want to hear",
        "Geeft langs welke kanalen en op welke dagen en uren u wilt horen; wie niets koos, heeft "
        "de standaard.",
    ),
    "chooseNotificationSettings": Words(
        "Choose how you want to hear",
        "Kies hoe u wilt horen. Wat al wacht, wordt ernaar beoordeeld op het moment dat het "
        "vertrekt.",
    ),
    "showWork": Words(
        "What waits for you and what changed",
        "Geeft wat op u wacht en op een ander, welke termijnen eindigen, wat er veranderde en wat "
        "niet aankwam.",
    ),
    "listGlossary": Words("Terms", "Geeft de Nederlandse begrippen met hun namen in deze API."),
    "listProblemTypes": Words("Kinds of problem", "Geeft elke soort fout die deze API kent."),
    "showProblemType": Words("One kind of problem", "Geeft één soort fout."),
}
"""By the name of the operation."""

TAGS = {
    "cases": ("Zaken", "Cases"),
    "transitions": ("Stappen van de procedure", "Moves of the procedure"),
    "signals": ("Signalen", "Signals"),
    "parties": ("Partijen", "Parties"),
    "confirmations": ("Bevestigingen", "Confirmations"),
    "substitutions": ("Afwezigheid en vervanging", "Absences and substitutes"),
    "rotas": ("Dienstroosters", "Duty rotas"),
    "escalation-policies": ("Opschalingsbeleid", "Escalation policies"),
    "groups": ("Groepen", "Groups"),
    "inbound-mails": ("Binnengekomen e-mail", "E-mail that came in"),
    "escalations": ("Opschalingen", "Escalations"),
    "organs": ("Organen", "Organs"),
    "terms": ("Termijnen", "Terms"),
    "tasks": ("Werk in een fase", "Work in a stage"),
    "appointments": ("Aanwijzingen", "Appointments"),
    "events": ("Gebeurtenissen", "Events"),
    "tiers": ("Tafels", "Tables"),
    "indicators": ("Indicatoren", "Indicators"),
    "agenda-items": ("Agendapunten", "Agenda items"),
    "history": ("Verloop", "History"),
    "rooms": ("Kamers, en wat erin staat", "Rooms, and what stands in them"),
    "search": ("Zoeken", "Searching"),
    "disclosure": ("Openbaarheid", "Openness"),
    "legal-holds": ("Bewaarplichten", "Legal holds"),
    "early-warning": ("Vroegsignalering", "Early warning"),
    "organisations": ("Overheden", "Governments"),
    "meetings": ("Overleggen", "Meetings"),
    "workflows": ("Procedures", "Procedures"),
    "migrations": ("Overstappen op een andere versie", "Migrations to another version"),
    "calendars": ("Kalenders", "Calendars"),
    "webhooks": ("Webhooks", "Webhooks"),
    "deliveries": ("Bezorgingen", "Deliveries"),
    "notifications": ("Meldingen", "Notifications"),
    "me": ("Uzelf", "Yourself"),
    "tokens": ("Uw tokens", "Your tokens"),
    "users": ("Gebruikers", "Users"),
    "glossary": ("Woordenlijst", "Glossary"),
    "problem-types": ("Soorten fouten", "Kinds of problem"),
}
"""The subjects of operations, in Dutch and English."""

PLACES = {
    "case": ("Nummer van de zaak.", "Number of the case.", "IMP-2026-0001"),
    "signal": ("Nummer van het signaal.", "Number of the signal.", "S1"),
    "room": ("De kamer.", "The room.", "side-gm0363"),
    "contribution": ("Nummer van de bijdrage.", "Number of the contribution.", "N1"),
    "release": ("Nummer van het voorstel om te delen.", "Number of the release.", "V1"),
    "item": ("Nummer van het stuk.", "Number of the item.", "N1"),
    "hold": ("Nummer van de bewaarplicht.", "Number of the legal hold.", "B1"),
    "escalation": ("Nummer van de opschaling.", "Number of the escalation.", "E1"),
    "snooze": ("Nummer van het wegleggen.", "Number of the snooze.", "E1-3"),
    "stay": ("Hoeveelste verblijf in een fase.", "Which stay in a stage.", 1),
    "suspension": ("Nummer van de opschorting.", "Number of the suspension.", "1"),
    "notification": (
        "Nummer van de melding.",
        "Number of the notification.",
        "n_0123456789abcdef0123",
    ),
    "substitution": ("Nummer van de afwezigheid.", "Number of the absence.", "1a2b3c4d5e6f7a8b"),
    "mail": (
        "Nummer van de e-mail.",
        "Number of the e-mail.",
        "em_0123456789abcdef01234567",
    ),
    "rota": ("Naam van het dienstrooster.", "Name of the duty rota.", "secretariaat"),
    "duty": ("Nummer van de dienst.", "Number of the duty.", "1a2b3c4d5e6f7a8b"),
    "group": ("Naam van de groep.", "Name of the group.", "bemiddelaars"),
    "task": ("Nummer van de taak.", "Number of the task.", "1-views-gm0363"),
    "organisation": ("Code van de organisatie.", "Code of the organisation.", "gm0363"),
    "meeting": ("Nummer van het overleg.", "Number of the meeting.", "2026-03-26"),
    "candidate": ("Nummer van het voorstel.", "Number of the candidate.", "A1"),
    "policy": (
        "Opschalingsbeleid, als `naam@versie` of `naam`.",
        "Escalation policy, as `name@version` or `name`.",
        "nieuw-signaal",
    ),
    "workflow": (
        "De procedure: `naam@versie` of alleen de naam.",
        "The procedure: `name@version` or its name alone.",
        "interbestuurlijke-impasse@2",
    ),
    "migration": ("Nummer van de overstap.", "Number of the migration.", "M1"),
    "version": ("Versie van de procedure.", "Version of the procedure.", "3"),
    "calendar": ("Versie van de kalender.", "Version of the calendar.", "in-force"),
    "token": ("Nummer van het token.", "Number of the token.", "1f2e3d4c"),
    "user": ("Gebruikersnaam.", "User name.", "amsterdam"),
    "webhook": ("Nummer van de webhook.", "Number of the webhook.", "wh_0123456789abcdef"),
    "delivery": ("Nummer van de bezorging.", "Number of the delivery.", "12"),
    "code": ("De soort fout.", "The kind of problem.", "not-found"),
}
"""What stands in a path: its meaning in Dutch and English, and an example."""
