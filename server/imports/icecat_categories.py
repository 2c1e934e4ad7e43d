"""Where a product of Open Icecat stands in our category tree, read from its title: the data names no category.

The first rule whose pattern is found decides, so what a thing is for ("toner for a printer", "case for a notebook") stands
above the thing itself. Titles come first, then the short description, then facts that only one kind of thing has.
"""

import re
from collections.abc import Mapping

Path = tuple[str, ...]
UNCATEGORIZED: Path = ("Other",)

COMPUTERS, COMPONENTS, STORAGE = "Computers", "Components", "Storage"
PERIPHERALS, PRINTING, SUPPLIES = "Peripherals", "Printing", "Printing Supplies"
NETWORK, CABLES, POWER = "Networking", "Cables & Adapters", "Power"
AUDIO_VIDEO, PHOTO, MOBILE = "Audio & Video", "Photo", "Phones & Mobile"
OFFICE, HOME, TOYS = "Office", "Home & Care", "Toys & Games"

KINDS: Mapping[str, Path] = {
    "Processor": (COMPONENTS, "Processors"),
    "Notebook": (COMPUTERS, "Notebooks"),
    "Hybrid (2-in-1)": (COMPUTERS, "Notebooks"),
    "Chromebook": (COMPUTERS, "Notebooks"),
    "Netbook": (COMPUTERS, "Notebooks"),
    "Mobile workstation": (COMPUTERS, "Notebooks"),
    "PC": (COMPUTERS, "Desktops & Workstations"),
    "All-in-One PC": (COMPUTERS, "Desktops & Workstations"),
    "Workstation": (COMPUTERS, "Desktops & Workstations"),
    "Headphones": (AUDIO_VIDEO, "Headphones & Headsets"),
    "Headset": (AUDIO_VIDEO, "Headphones & Headsets"),
    "Desktop Board": (COMPONENTS, "Motherboards"),
    "Server/Workstation Board": (COMPONENTS, "Motherboards"),
    "Network Interface Card": (NETWORK, "Network Adapters & Modems"),
    "RAID": (STORAGE, "Controllers & Arrays"),
    "Drip coffee maker": (HOME, "Kitchen & Appliances"),
    "Pod coffee machine": (HOME, "Kitchen & Appliances"),
    "Espresso machine": (HOME, "Kitchen & Appliances"),
    "Doll clothes set": (TOYS, "Dolls & Figures"),
}
"""What the source itself calls some products, in the fact `product_type`."""

MAKERS: Mapping[str, Path] = {
    "Sylvanian Families": (TOYS, "Dolls & Figures"),
    "Zapf": (TOYS, "Dolls & Figures"),
    "MGA Entertainment": (TOYS, "Dolls & Figures"),
    "Giochi Preziosi": (TOYS, "Dolls & Figures"),
    "Jumbo": (TOYS, "Puzzles & Games"),
    "Castorland": (TOYS, "Puzzles & Games"),
    "SES Creative": (TOYS, "Crafts & Creative Play"),
    "Aquabeads": (TOYS, "Crafts & Creative Play"),
    "AXI": (TOYS, "Vehicles & Outdoor Play"),
    "Step2": (TOYS, "Vehicles & Outdoor Play"),
    "Backyard Discovery": (TOYS, "Vehicles & Outdoor Play"),
    "Lena": (TOYS, "Vehicles & Outdoor Play"),
    "VTech": (TOYS, "Vehicles & Outdoor Play"),
    "Bambolino Toys": (TOYS, "Vehicles & Outdoor Play"),
    "Da-Lite": (AUDIO_VIDEO, "Projection Screens"),
    "Projecta": (AUDIO_VIDEO, "Projection Screens"),
}
"""Makers of one kind of thing."""

RULES: tuple[tuple[str, Path], ...] = (
    # Words by which the source closes a title; they leave no doubt.
    (r"\b(dvd|cd)[+-]?(r|rw|ram)\b.*(min|spindle|branded|jewel|wide|\d+(mb|gb)|\d+x|\d+ ?pc)|blank|spindle \d|diskette", (STORAGE, "Media & Tape")),
    (r"dock/port replicator|docking station|notebook (spare|stand|arm|dock)|thunderbolt 3 (silver|black)", (COMPUTERS, "Notebook & Tablet Accessories")),
    (r"flash drive|usb \d\.\d (flash|drive)", (STORAGE, "Flash Drives & Memory Cards")),
    (r"\bt[zcx]e?-?\w*\d+.*\bt[zcx]e?$|\bdymo lt\b|\blt multi|^ t[zcx]e?-?\w*\d{2,}", (OFFICE, "Label Tapes")),
    (r"labelwriter", (OFFICE, "Label Makers")),
    (r"e-icard|on-?site|\bhw supp|\bsvc\b|service(s| guarantee| pack)\b|kyolife|\d+ years?$|map update|advanced pack|pickuprtn|\d+[yn] .*(supp|svc|nbd)", (COMPUTERS, "Software & Services")),
    (r"\bbp-\d{3}|\bnb[- ]\d+l?h?\b|\d{3,5} mah$|^ -?v\d{3}$", (POWER, "Batteries & Power Banks")),
    (r"art paper|plotter paper", (PRINTING, SUPPLIES, "Printer Paper & Media")),
    (r"blender|espresso|coffee (maker|machine)|toaster|grill\b|deep fryer|fridge|washing machine|tumble dryer|kettle", (HOME, "Kitchen & Appliances")),
    (r"\bm\.2 \d+|agility|solid state", (STORAGE, "Solid State Drives")),
    (r"toothbrush|shaver|epilator|hair (dryer|trimmer|straightener)", (HOME, "Personal Care")),
    (r"smartwatch|activity tracker|(mobile phone|player|tablet|e-book reader) case|screen protector|\bfolio\b|holster|slimshell", (MOBILE, "Covers & Wearables")),
    (r"networking card|network media converter card", (NETWORK, "Network Adapters & Modems")),
    (r"kvm switch|kvm extender|kvm cable", (NETWORK, "KVM Switches")),
    (r"navigator|car media receiver|car radio", (MOBILE, "Navigation & Car")),
    (r"android \d|smartphone|cordless phone|dect telephone|handheld mobile computer", (MOBILE, "Phones")),
    (r"multifunctional|\bfax machine", (PRINTING, "Multifunction Printers & Fax")),
    (r"(photo|plotter|printing|inkjet) paper", (PRINTING, SUPPLIES, "Printer Paper & Media")),
    (r"printer ribbon|fabric ribbon", (PRINTING, SUPPLIES, "Printer Ribbons")),
    (r"\bmouse\b(?! (pad|mat))(?=.*(dpi|usb|wireless|optical|laser|button))|trackball", (PERIPHERALS, "Mice & Pointing Devices")),
    (r"\bserver\b.*(xeon|opteron|\bghz\b|\d+ ?w$)|(poweredge|proliant|primergy)(?!.*(caddy|hotswap|kit|cable|rail|memory|hd\b|battery|gb sas))", (COMPUTERS, "Servers")),
    (r"notebook.*(pixels|windows|\bgb\b.*\bgb\b)|(elitebook|probook|thinkpad|zenbook|compaq \w+).*(pixels|\bhdd\b)|hybrid \(2-in-1\)|chromebook.*cm|\bbus note|notebook pc$|notebook black,?.* cm", (COMPUTERS, "Notebooks")),
    (r"(small form factor|sff|tower|microtower|minitower|mini) pc\b|thin client|all-in-one pc|barebone|(core|pentium|celeron|athlon|ryzen).*(\bpc\b|desktop).*(windows|hdd|gb)", (COMPUTERS, "Desktops & Workstations")),
    (r"(inkjet|laser|photosmart|officejet|laserjet).*\bdpi\b.*(a4|a3|ppm)", (PRINTING, "Printers")),
    (r"label(l)?ing tape|continuous film tape|labelling tape|laminated tape|fabric iron-on|\d+ ?mm .*\btape\b|\btape\b.*\d+ ?mm", (OFFICE, "Label Tapes")),
    (r"projector(?!.*(lamp|mount|screen|ceiling))|\bansi lumens", (AUDIO_VIDEO, "Projectors")),
    (r"\bdoll\b|toy playset|baby born|toy figure", (TOYS, "Dolls & Figures")),
    (r"cable lock|lock slot", (COMPUTERS, "Notebook & Tablet Accessories")),
    (r"store .n. go|memory card|usb flash", (STORAGE, "Flash Drives & Memory Cards")),
    (r"interface cards/adapter|raid controller|serial card|parallel.*card|pci.*card", (STORAGE, "Controllers & Arrays")),
    (r"\d+ ?(gb|tb).*(sas|sata|serial ata|scsi|rpm).*(?!.*(cable|windows|pixels|controller|adapter card))|internal hard|external hard", (STORAGE, "Hard Drives & Enclosures")),
    # What is bought again and again: it names the machine it is for, so it must be found before the machine.
    (r"label-making tape|label ?tape|\bd1 (standard|tape)|letratag|\btze?-|\btx-\d|dk-\d{5}|\brhino\b.*(tape|mm)", (OFFICE, "Label Tapes")),
    (r"fuser|fusing|transfer (belt|kit|roller|unit|assembly)|maintenance kit|roller kit|image transfer|waste toner|developer|toner collection|service kit|printer belt|belt unit|oil bottle|staple cartridge|printer kit|print ?head|printer roller|staples? \d|pickup roller|separation pad|cleaning (kit|unit|cartridge) for|imaging kit|printer cleaning|toner collector|ink (absorber|waste)|maintenance (box|tank|cartridge|unit)|\broller\b|waste (cartridge|container|bottle)", (PRINTING, "Printer Parts & Maintenance")),
    (r"\bdrum\b|photoconductor|imaging unit|image unit|\bopc\b|drum cartridge|imaging drum", (PRINTING, SUPPLIES, "Drums & Photoconductors")),
    (r"printer ribbon|\bribbon\b|correction tape|typewriter", (PRINTING, SUPPLIES, "Printer Ribbons")),
    (r"photo paper|glossy paper|inkjet paper|proofing paper|fine art|photo pack|photo value|coated paper|bond paper|canvas|paper roll|large format media|transparenc|printing paper|\bpaper\b.*(a4|a3|sheets|g/m|gsm|\d+ ?m\b)|film.*\d+ ?m\b|card ?stock|heavyweight|backlit|vellum|overhead|business paper|presentation paper|matte? paper|sticker paper|photo (stickers|cards?)|printable textile|fabric.*\d+ ?mm|tyvek|polypropylene|adhesive vinyl|\bpaper (a\d|white)|photographic|photo.*gloss|semi-?gloss|scrim|banner|\bg/m²|watercolor|velvet|smooth.*paper|paper for", (PRINTING, SUPPLIES, "Printer Paper & Media")),
    (r"\btoner|print cartridge|laserjet .*cartridge|\blaser cartridge|return prog|high yield return|\bcartridge equivalent\b.*(hp|laser)|\bc-exv|\btk-\d|\btn-?\d{3,4}", (PRINTING, SUPPLIES, "Toner Cartridges")),
    (r"ink ?cartridge|ink cart|inkjet|\bink\b|singlepack|multipack|\boriginal (black|cyan|magenta|yellow|photo|matte|light|gray|grey|red|blue|green|chroma|vivid|multi)|\boriginal \d|\boriginal .*pc\(s\)|\bpgi?-\d|\bcli-\d|\bpfi-\d|\bbci-\d|ultrachrome|vivera|ink ?tank|\bcartridge\b.*(cyan|magenta|yellow|black|colou?r)|(cyan|magenta|yellow|black|colou?r).*\bcartridge\b|\boriginal$", (PRINTING, SUPPLIES, "Ink Cartridges")),
    (r"\blabels?\b.*(printer|maker)|label (printer|maker)|labelmanager|labelwriter \d|labelwriter (duo|turbo|wireless|se)|\bp-touch\b|\bpt-\w+|\bql-\d", (OFFICE, "Label Makers")),
    (r"\blabels?\b|sticker|self-?adhesive|signal dots|etiketten|name ?badge|badges", (OFFICE, "Labels & Stickers")),
    (r"hole punch|stapler|staple|binder|folder|ring ?book|pocket|divider|archiv|letter tray|tape dispenser|laminat|shredder|guillotine|paper (cutter|trimmer)|desk (organi|set|pad)|document holder|copy ?holder|sorter|clipboard|lever arch|index|file box|magazine (rack|file)|binding|note ?pad\b|foto ?book|sheet protector|report cover|whiteboard|flip ?chart|pencil|\bpens?\b|marker|crayon|calculator|paper ?clip|glue|adhesive|corner|photo ?album|picture frame hang|double-sided tape|envelopes?|drawer|storage (box|tray)|\bsafe\b|money box|cash box|bookend|wastebasket|waste bin|footrest|foot ?rest|mail|display (book|frame|stand)|suspension file|filing|plastic (pocket|sleeve)", (OFFICE, "Office Supplies")),
    (r"ups battery|\brbc\d|replacement battery cartridge|battery (cartridge|module|pack) for.*ups|\bups\b.*battery (pack|module|cabinet)|battery (cabinet|unit|module)|external battery pack|rechargeable battery.*(ups|vrla)|\bvrla\b|sealed lead", (POWER, "UPS Batteries")),
    (r"(rack|ups|battery|network|cable).*(software|licen[cs]e|subscription|warranty|service|start-?up|installation)|\blicen[cs]es?\b|software|\bcarepack|care pack|extended warranty|warranty|support service|subscription|upgrade service|operating system$|\boffice \d{4}|antivirus|year\(s\)|\d year.*(service|support|on-?site)|start-?up|electronic delivery|install(ation)? service|\bnbd\b|commissioning", (COMPUTERS, "Software & Services")),
    (r"power distribution|\bpdu\b|switched rack|metered rack|transfer switch|static switch|power strip|power extension|surge (protect|suppress|arrest)|surgearrest|surge|outlet box|outlet strip|ac outlet\(s\)|line conditioner|voltage regulator|isobar|protect it|receptacle|distribution panel|power module|circuit breaker|busway|isolation transformer|transformer", (POWER, "Power Distribution & Surge")),
    (r"uninterruptible|\bups\b|smart-ups|back-ups|symmetra|\bliebert|powersure", (POWER, "Uninterruptible Power Supplies")),
    (r"notebook (case|bag|sleeve|backpack)|laptop (case|bag|sleeve|backpack)|backpack|messenger|briefcase|trolley|\bsleeve\b|carrying case|topload|tote|slipcase|clamshell|roller case|\bcarry case\b|rucksack|satchel|notebook.*\bcase\b|camera case|equipment case|equipment bag|luggage|handbag|duffel|\bbags?\b", (COMPUTERS, "Bags & Cases")),
    (r"memory module|\bsimm\b|so-?dimm|\bdimm|memory (upgrade|kit|expansion)|system specific memory|ddr\d?.*(module|mhz)|sdram(?!.*(notebook|ghz|pc))|ram upgrade|memory.*\d+ ?(mb|gb)$|\d+ ?(mb|gb).*\bmemory\b(?!.*(card|usb))|cache memory|\d+ ?mb.*\b(edo|dram|simm)|font (dimm|module)|valueram|\b\d+ ?[mg]b (memory|ddr)", (COMPONENTS, "Memory")),
    (r"docking|port replicator|notebook (stand|cooling|riser|dock)|laptop stand|cooling pad|\bdock\b|media bay|notebook (spare|accessor)|tablet spare|keyboard cover|display privacy|privacy (filter|screen)|security cable|cable lock|lock slot|\block\b|microsaver|screen protector|protection film|stylus|anti-glare|notebook mount|skin\b|palm rest|wrist rest|tablet (stand|holder)|laptop (mount|table)|notebook arm", (COMPUTERS, "Notebook & Tablet Accessories")),
    (r"(notebook|laptop).*(battery|adapter|charger)|battery.*(notebook|laptop|spare)|\bbattery\b.*(li-?ion|ni-?mh|ni-?cd|lithium|\baa|alkaline|zinc|mah|\bv\b)|batter(y|ies)|\baaa?\b.*(alkaline|ni-?mh|lithium)|power ?bank|household|single-use|akku|\bcr\d{4}|\blr\d", (POWER, "Batteries & Power Banks")),
    (r"power adapter|ac adapter|power inverter|\binverter|power adaptor|battery charger|\bcharger|charging (station|cable|dock|cart)|travel adapter|poe (injector|adapter)|power injector|mains adapter|auto/air|\bdc-dc\b|car adapter|wireless charg|usb adapter.*charger", (POWER, "Chargers & Adapters")),
    (r"power supply|\bpsu\b|power unit|redundant power|\d+ ?w atx|hot.?plug power|\batx\b.*\d+ ?w\b", (COMPONENTS, "Power Supply Units")),
    (r"rack (cabinet|mount|accessory|shelf|rail|console|cooling|enclosure|kit|drawer)|rackmount kit|\brack\b(?!.*kvm)|netshelter|\d+u (rack|shelf|wall)|wall.?mount(ed|able)? cabinet|rail kit|mounting rail|server cabinet|enclosure(?!.*(hdd|drive|2\.5))|cable management|\bblanking panel|cable (tray|organi|duct|ladder|trough|tie|clip|manager)|air (removal|distribution)|patch panel|\binrow\b|cooling.*(row|rack)|\bcage nut|hot aisle|containment|environmental|temperature (sensor|probe)|rack air|baying|caster|side panel|netbotz|floor (box|stand kit)|power cable ladder|raceway|\bfan tray|fan assembly", (NETWORK, "Racks & Enclosures")),
    (r"\bkvm\b|console switch|console server|server console|switch ?view|netcommander|omniview", (NETWORK, "KVM Switches")),
    (r"(projector|projection).*(lamp|bulb)|replacement lamp|projector lamp|lamp (module|kit|unit|for)|\blamp\b.*(nsh|uhp|uhe|uhb|shp)|\bbulb\b.*projector", (AUDIO_VIDEO, "Projector Lamps")),
    (r"projection screen|projector screen|electric screen|da-lite|projecta|(cosmopolitan|contour electrol|tensioned)", (AUDIO_VIDEO, "Projection Screens")),
    (r"(projector|flat panel|flat screen|\btv\b|monitor|display|ceiling|wall|plasma|lcd|speaker).*(mount|arm|bracket|stand|trolley|cart|floor)|\bmount(ing)?\b.*(kit|plate|bracket|arm|adapter)|wall mount|ceiling mount|desk mount|monitor (mount|arm|stand)|vesa|tv stand|pole mount|flat.?panel|mounting|\bmount\b|multimedia cart|bracket|holder|tripod(?!.*camera)", (AUDIO_VIDEO, "Mounts & Stands")),
    (r"fib(er|re).?(optic|patch)|fiber optic|multimode.*(patch|cable)|singlemode.*(patch|cable)|\b(lc|sc|st|mtrj|fc)[/-](lc|sc|st|mtrj|fc|upc|apc)\b|\bom[1234]\b|attenuator|\bmtp\b|\bmpo\b", (CABLES, "Fiber Optic Cables")),
    (r"\bcat ?-?(5e?|6a?|7|8)\b|networking cable|patch (cable|cord|lead)|\butp\b|\bs/?ftp\b|rj-?45.*(cable|m/m)|ethernet cable|crossover|\bu/utp\b|snagless|\brj-?11|\brj-?12|telephone cable|modular (cable|plug|cord)|keystone|wire connector|\brj-?45\b|coupler|network splitter|outlet.*cat|faceplate|wall plate", (CABLES, "Network Cables")),
    (r"media converter|transceiver|\bsfp\b|\bgbic\b|xfp|mini-gbic|1000base-[sl]x|network media", (NETWORK, "Transceivers & Media Converters")),
    (r"network (card|adapter)|nic\b|ethernet (card|adapter)|wireless (lan|n|usb|pci) .*(adapter|card)|wlan.*(card|adapter|stick)|\bbluetooth.*adapter|gigabit.*(pci|adapter)|lan adapter|pcmcia|network interface|print ?server|jetdirect|\bmodem\b|token ring|powerline|\bdlan\b|interface (card|board)|network printer server|usb.*ethernet|wifi.*(adapter|dongle)", (NETWORK, "Network Adapters & Modems")),
    (r"router|access point|wireless (bridge|repeater|controller)|range extender|mesh|antenna|firewall|\bvpn\b|gateway|hotspot|wlan|wi-?fi (system|extender)|network extender|voip|ip phone|bridge|repeater", (NETWORK, "Routers & Wireless")),
    (r"network switch|unmanaged|managed|ethernet switch|\bswitch\b.*(port|poe|gigabit|fast|rj)|\d+.port.*switch|stack(ing)? (module|cable|kit)|switch module|procurve|\bpoe\b|gigabit ethernet|fast ethernet|network (equipment|chassis|hub|management)|expansion module|switch component", (NETWORK, "Network Switches")),
    (r"power (cable|cord|lead)|\biec\b|\bc13\b|\bc14\b|\bc19\b|\bnema\b|power plug|y power|molex|\blp4\b|internal power|power (splitter|y)|extension cord|\bcoupler c\d", (CABLES, "Power Cables")),
    (r"\b(sata|scsi|ide|sas|eide|ata|infiniband|mini.?sas|vhd|serial attached|sff|fibre channel|floppy).*(cable|kabel)|drive cable|ribbon cable|scsi.*(terminator|adapter)|\bsata\b.*(power|bracket|m/m)|cascading cable", (CABLES, "Storage Cables")),
    (r"hdmi|displayport|\bdvi\b|\bvga\b|video (cable|splitter|adapter|extender|switch|converter)|monitor (cable|extension|splitter)|s-?video|\bhd15\b|coax|component video|\brca\b|composite|d-sub|\bsvga\b|\buxga\b|\bscart\b|audio.?video|av (extender|receiver)|thunderbolt.*(display|video)|\bbnc\b|f-type|signal (booster|splitter)|\bdms-?59|mini dp|\bmdp\b", (CABLES, "Video Cables & Adapters")),
    (r"(audio|stereo|speaker|toslink|optical|headphone|microphone|mini-?jack|3\.5 ?mm|xlr).*(cable|adapter|splitter|extension|m/m|m/f|m/fm|wire)|audio cable|speaker wire|banana", (CABLES, "Audio Cables")),
    (r"usb.*(cable|adapter|hub|extension|extender|m/m|a/b|converter|port)|\busb\b.*\b(hub|a-b|a to b)|firewire|ieee ?1394|lightning|micro.?usb|usb type|interface hub|active extension|usb.?c\b.*(adapter|dongle)|card reader|usb.*(bracket|header|switch|panel|dock)|sync cable|data cable|\bhub\b", (CABLES, "USB & FireWire")),
    (r"(serial|parallel|printer|db9|db25|centronics|null modem|ps/?2|keyboard|keystation|ieee.?1284|gender changer|rs-?232|gpib|telephone|lfh|v\.?35|din\d?).*(cable|adapter|converter|m/f|m/m|extension)|\bdb-?(9|25|15|37|62|50|68)\b|gender changer|cable (adapter|gender|interface|splitter)|\bcables?\b|connector|\bcord\b|adapter cable|kabel|\bwire\b", (CABLES, "Other Cables & Connectors")),
    (r"processor|\bxeon\b(?!.*(workstation|server|tower))|cpu kit|pentium.*ghz$|celeron.*ghz$|\bopteron|core.*ghz box|\bcpu\b(?!.*(cool|fan))", (COMPONENTS, "Processors")),
    (r"motherboard|main ?board|server board|desktop board|system board|\blga \d+.*(atx|micro)|\bsocket am\d", (COMPONENTS, "Motherboards")),
    (r"graphics card|video card|geforce(?!.*(notebook|windows|gb ddr4|pc\b))|radeon(?!.*(notebook|windows))|quadro(?!.*(notebook|windows|workstation|core|xeon))|matrox|firepro|graphic|parhelia|millennium|\bfire(gl|mv)|nvs \d|tv tuner|video captur|capture (card|device)", (COMPONENTS, "Graphics & Video Cards")),
    (r"(cpu|processor|computer|case|hard disk|hdd|system|chassis|server|laptop).*(cool|fan|heat ?sink)|cooling|heat ?sink|\bcooler\b|thermal (paste|grease|compound)|\bfan\b|\bcase fan|water block|radiator", (COMPONENTS, "Cooling")),
    (r"computer case|\bmidi.?tower|mini.?tower case|chassis|barebone|\bpc case|full.?tower|tower (black|white)|drive bay|(backplane|riser)", (COMPONENTS, "Computer Cases")),
    (r"usb (flash|stick|drive|pen)|flash (drive|card|memory)|memory (card|stick)|microsd|\bsd(hc|xc)\b|compact ?flash|datatraveler|store.?n.?go|\bxd\b.*card|mmc|secure digital|\busb\b.*\d+ ?gb", (STORAGE, "Flash Drives & Memory Cards")),
    (r"solid state|\bssd\b(?!.*(notebook|windows|wi-?fi|pc|ghz))|\bnvme\b(?!.*windows)|\bdc\d+m", (STORAGE, "Solid State Drives")),
    (r"hard (disk|drive)|\bhdd\b(?!.*(notebook|windows|pc))|internal hard|external hard|\d+ ?(gb|tb).*(rpm|sata|scsi|sas|ide)\b(?!.*(notebook|windows))|hot.?(swap|plug).*(gb|drive)|\bdrive\b.*(enclosure|caddy|tray|adapter)|(hdd|ssd|2\.5|3\.5).*(enclosure|caddy|case|bay)|mobile rack|scsi.*(gb|drive)|\brpm\b.*gb|storage (drive|enclosure)|hdd", (STORAGE, "Hard Drives & Enclosures")),
    (r"\braid\b|storage (controller|array|server|system|works)|disk array|\bnas\b|\bsan\b|host bus|\bhba\b|controller card|(sata|scsi|sas|ide|fc).*(controller|adapter|card)|pci.*(card|adapter|controller|serial|parallel|usb|firewire)|expresscard|smart array|disk system|interface cards|serial (card|adapter)|\bpci\b|controller", (STORAGE, "Controllers & Arrays")),
    (r"blank (data|video|audio)|data (cartridge|tape)|\blto\b|ultrium|\bdat\b|\bdds\b|\bdlt\b|\bsdlt|\bait\b|tape (drive|library|auto|cartridge|media|array)|\bdvd[+-]?r|\bcd-?rw?\b(?!.*(notebook|drive|player))|blu-?ray disc|\bbd-re?\b|magneto|zip (disk|100)|diskette|\bminidv|mini ?disc|audio cassette|video cassette|\bvhs\b|\bjewel|optical disc|blank disc|dvdram|cd/dvd.*(case|wallet|sleeve|storage)|cleaning (tape|cartridge)|jukebox|\bslr\b.*(tape|gb)|travan|cartridge \d+ ?gb|autoloader|tape|audio disc", (STORAGE, "Media & Tape")),
    (r"optical (disc )?drive|dvd.?(writer|rw|rom|burner)|dvd±|cd.?(rom|writer)|dvd drive|blu-?ray.*(drive|writer)|combo drive|floppy|\bdvd.*drive", (STORAGE, "Optical Drives")),
    (r"scanner|scanjet|scan ?snap|perfection|expression \d+.*scan|film scan|document feeder", (PRINTING, "Scanners")),
    (r"paper (tray|feeder|cassette|input)|(sheet|envelope) (tray|feeder)|feeder|\btray\b|duplex(er| unit| module)|printer (cabinet|stand|memory|accessor|emulation|upgrade|option)|finisher|output (stacker|tray|bin)|stacker|\bcabinet\b|input tray|casette|sheets|printing equipment|mailbox|postscript|printer (mount|hard|card)|spindle|job separator|stand for|fax (kit|board|upgrade|module)|booklet maker|roll (feeder|unit)|fiery|printer upgrade|printer/scanner|pcl|\bcassette\b", (PRINTING, "Printer Accessories")),
    (r"multifunction|all-in-one(?!.*(pc|windows|core))|\bmfp\b|\bmfc|officejet|workcentre|\bdcp-|photosmart c\d|copier|\bfax\b|\bmf\d{3,4}|\bpixma m|digital sender|lasershot|i-sensys mf|imageclass|imagerunner|stylus (sx|bx|dx|cx)|\bpsc \d|workforce|fax machine", (PRINTING, "Multifunction Printers & Fax")),
    (r"large format printer|designjet|plotter|sc-[tp]\d|stylus pro \d|wide.?format|imageprograf|\bipf\d", (PRINTING, "Large Format Printers")),
    (r"printer|laserjet|deskjet|photosmart|phaser|\bphaser\b|pixma|\bdot matrix|\blq-\d|\bfx-\d|\blx-\d|\bdfx|stylus|picturemate|\bhl-|pagewide|docuprint|docucolor|selphy|dpi.*ppm|\bdpi\b|microline|\bml\d{3}|optra|\bgdi\b|thermal|\baculaser|i-sensys|c\d{4}(n|dn|dtn)\b|\bppm\b", (PRINTING, "Printers")),
    (r"server(?!.*(case|mount|lock))|proliant|poweredge|blade|\bml\d{3}\b|\bdl\d{3}\b|integrity|primergy|thinksystem", (COMPUTERS, "Servers")),
    (r"notebook|laptop|ultrabook|chromebook|hybrid|2-in-1|thinkpad|elitebook|probook|vaio|latitude|ideapad|zenbook|vivobook|netbook|macbook|pavilion (dv|x360|g\d)|portege|tecra|satellite|omnibook|aspire (one|\d)|predator|lifebook|spectre|zbook|compaq (nc|nx|nw|presario|6\d\d\d)", (COMPUTERS, "Notebooks")),
    (r"tablet(?! (pen|stand))|\bipad|galaxy tab|e-?book reader|playbook|graphics tablet|digital writing", (COMPUTERS, "Tablets")),
    (r"smartphone|mobile phone|galaxy|\bmoto\b|\bphone\b|telephone|\bdect\b|headset.*phone|handset|\bpda\b|handheld|ipaq|palm\b|walkie|answering|mobile device|\bxperia|\bsim\b|cell ?phone|4g usb|mate \d+|p\d+ lite|handhelds|two-way", (MOBILE, "Phones")),
    (r"(iphone|galaxy|mobile|phone|ipod|tablet|mp3).*(case|cover|holder|screen|shell|armband|holster|film)|\bcase\b.*\d+(\.\d+)? ?cm|\bcover\b|folio|flip|bumper|protective|armband|holster|fitness|smart ?watch|activity tracker|sport band|watch strap|wrist", (MOBILE, "Covers & Wearables")),
    (r"navigat|\bgps\b|tomtom|\bgo \d{3}\b.*|car (kit|holder|radio|speakers)|sat ?nav|\brider\b|dash ?cam|car (media|audio|video)|tracker", (MOBILE, "Navigation & Car")),
    (r"thin client|workstation|desktop pc|\bpc\b|personal computer|all-in-one|optiplex|mini.?pc|\bnuc\b|compaq (d\d|dc|dx|evo)|tower|desktop|small form|\bsff\b|imac|\bstick pc|barebones|vectra|kayak|evo d|\busdt|esprimo|point of sale|\bpos\b", (COMPUTERS, "Desktops & Workstations")),
    (r"projector|\blumens\b|ansi|powerlite|\beb-|\bemp-", (AUDIO_VIDEO, "Projectors")),
    (r"monitor|flat ?screen|\blcd\b(?!.*tv)|\bled display|flat panel|computer display|signage|touch screen|touchscreen|\bcrt\b|full hd|quad hd|4k ultra hd(?!.*tv)|wuxga|\bhz\b.*cm", (PERIPHERALS, "Monitors")),
    (r"\btv\b|television|plasma|set-?top|media player|streaming|digital receiver|tv receiver|\bsmart tv|hospitality", (AUDIO_VIDEO, "Televisions & Media Players")),
    (r"headphone|headset|earphone|earbud|ear-?hook|in-ear|ear-?pad|ear ?cushion", (AUDIO_VIDEO, "Headphones & Headsets")),
    (r"speaker|sound ?bar|subwoofer|hi-?fi|stereo|home (audio|cinema|theat)|micro system|\bradio\b|boombox|clock radio|audio (system|set|amplifier|module)|turntable|mp3|dvd player|cd player|blu-?ray player|microphone|audio|walkman|recorder|dictaphone|sound card|sound blaster|amplifier|\bmp4\b|cassette|voice|\bmusic|remote control|dictation|portable dvd|portable video|\brecord player|transmitter|players?\b", (AUDIO_VIDEO, "Audio & Players")),
    (r"keyboard|keypad|key ?board|desktop set|trackpad|numeric", (PERIPHERALS, "Keyboards")),
    (r"\bmouse\b|mice\b|trackball|touchpad|mouse ?pad|presenter|pointer", (PERIPHERALS, "Mice & Pointing Devices")),
    (r"webcam|surveillance|security camera|ip camera|cctv|network camera|conference|video server|baby (monitor|phone)|camera.*(dome|bullet)|smart ?card|finger ?print|alarm|sensor|motion detector|doorbell|rfid|bar ?code|badge|smart home|smart plug|dimmer", (PERIPHERALS, "Webcams & Security")),
    (r"game ?pad|joystick|gaming (chair|control|desk|wheel)|console|playstation|xbox|nintendo|steering|rudder|game control", (PERIPHERALS, "Gaming Controllers")),
    (r"\blens(es)?\b|\blens (hood|cap|adapter)|camera (filter|lens)|f/\d|\bhood\b|teleconverter|extender|close.?up|polari[sz]|filter.*mm|eyecup|eyepiece|focusing|view ?finder|binocular|telescope", (PHOTO, "Lenses & Filters")),
    (r"camera|camcorder|cyber-?shot|\bcoolpix|powershot|ixus|\beos\b|lumix|flash(light)? |tripod|speedlite|camera flash|photo (frame|studio)|photo printer|digital photo|handycam|\bmegapixel|underwater|memory stick|slide|\bbattery grip|macro ring|photo", (PHOTO, "Cameras & Accessories")),
    (r"doll|baby born|baby annabell|sylvanian|l\.?o\.?l\.?|plush|action figure|figure|playset|family|baby girl|zapf|na!? na!?|hatchimals|unicorn|\bpets?\b|rainbow high|bratz|animal", (TOYS, "Dolls & Figures")),
    (r"puzzle|jigsaw|\d+ pieces|pieces?\b|board game|card game|\bgame\b|games|rubik|playing cards|perplexus", (TOYS, "Puzzles & Games")),
    (r"aquabeads|craft|beads|kinetic sand|clay|play ?dough|colou?ring|painting|bracelet|drawing|jewell?ery|slime|sewing|make your|creative|glitter|modelling|modeling|casting|plaster|science|experiment|stamps?|embroider|loom", (TOYS, "Crafts & Creative Play")),
    (r"playhouse|slide|sandbox|swing|trampoline|sandpit|water table|outdoor|climb|scooter|ride-?on|tricycle|balance bike|paw patrol|toy|vehicle|\btruck\b|tractor|remote control|\brc\b|drone|robot|train|monster jam|batman|\bcar\b|dino|dragon|bakugan|tech deck|kids|children|wagon|kitchen.*(play|pretend)|excavator|fire engine|helicopter|plane\b|race|pool|shark|digger|hot tub|pond", (TOYS, "Vehicles & Outdoor Play")),
    (r"coffee|espresso|kettle|toaster|blender|mixer|fryer|food processor|grill|rice cooker|juicer|waffle|steamer|microwave|oven|hob\b|cooker|refrigerat|fridge|freezer|dishwasher|washing machine|dryer|ice cream|sandwich|kitchen|pan\b|wine|\bwater (filter|jug)|filter jug|brita|senseo|knife|fondue|raclette|popcorn|slicer|tea maker|frother|bread|egg boiler|citrus|plancha|cookware|tableware|water cooler|chopper|hood|gourmet|barbecue|cooking|soda|mug|cup|thermos|bottle", (HOME, "Kitchen & Appliances")),
    (r"shaver|trimmer|epilat|toothbrush|oral-?b|hair|beard|razor|curl|straighten|nail|manicure|scale|massag|thermometer|blood|facial|skin|breast|baby|diaper|pacifier|soother|bottle|sterili|shaving|clipper|makeup|beauty|perfume|sonicare|ipl|light therapy|wake-up|foil|cutting head|mirror|bath|styler|head\b", (HOME, "Personal Care")),
    (r"vacuum|iron\b|steam|heater|air (condition|purif|humid)|humidifier|mop\b|cleaner|cleaning|clean|wipe|floor care|garment|dehumid|window|dust|laundry|ironing|pressure|fan heater|compressed|duster|air duster|squeegee", (HOME, "Cleaning & Climate")),
    (r"lamp|light(ing)?\b|\bled\b|torch|lantern|\bbulb|luminaire|halogen|candle|spotlight|chandelier|flashlight|fluorescent|strip", (HOME, "Lighting")),
    (r"chair|desk\b|table\b|workstation stand|furniture|sit-stand|stool|bed\b|cushion|shelf|shelv|cart|garden|fountain|pump|tool|screwdriver|drill|crimp|punch.?down|tester|\bplier|stripper|wrench|hammer|saw\b|pressure washer|screws?\b|clock|weather|umbrella|key ?ring|wallet", (HOME, "Furniture & Tools")),
)  # fmt: skip

FACTS: tuple[tuple[str, Path], ...] = (
    ("doll_type", (TOYS, "Dolls & Figures")),
    ("number_of_puzzle_pieces", (TOYS, "Puzzles & Games")),
    ("ink_type", (PRINTING, SUPPLIES, "Ink Cartridges")),
    ("black_toner_page_yield", (PRINTING, SUPPLIES, "Toner Cartridges")),
    ("labels_per_pack", (OFFICE, "Labels & Stickers")),
    ("cable_length", (CABLES, "Other Cables & Connectors")),
    ("connector_1", (CABLES, "Other Cables & Connectors")),
    ("processor_family", (COMPUTERS, "Desktops & Workstations")),
    ("rack_capacity", (NETWORK, "Racks & Enclosures")),
    ("ethernet_lan__rj_45__ports", (NETWORK, "Network Switches")),
    ("recommended_age__min_", (TOYS, "Vehicles & Outdoor Play")),
)

_COMPILED = tuple((re.compile(pattern), path) for pattern, path in RULES)


def category_of(title: str, brand: str, short_description: str, facts: Mapping[str, object]) -> Path:
    """The path of names from the root; `UNCATEGORIZED` where nothing tells."""
    name = title.lower().removeprefix(brand.lower())
    return (
        KINDS.get(str(facts.get("product_type")))
        or MAKERS.get(brand)
        or _by_words(name)
        or _by_facts(facts)
        or _by_words(short_description.lower())
        or UNCATEGORIZED
    )


def _by_words(text: str) -> Path | None:
    return next((path for pattern, path in _COMPILED if pattern.search(text)), None)


def _by_facts(facts: Mapping[str, object]) -> Path | None:
    return next((path for key, path in FACTS if key in facts), None)
