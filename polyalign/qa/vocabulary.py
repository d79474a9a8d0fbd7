"""Words that are written in capitals and translated: months, peoples, countries, offices, titles."""

from __future__ import annotations

import re

_ENGLISH = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july
    august september october november december jan feb mar apr jun jul aug sept sep oct nov dec
    christmas easter new old great grand big high low upper lower north south east west northern
    southern eastern western northeast northwest southeast southwest central middle mid far near first
    second third fourth fifth sixth seventh eighth ninth tenth one two three four five six seven eight
    nine ten year years day days week month evening morning night time times century age world earth
    moon sun sky star stars planet mars venus mercury jupiter saturn ocean sea seas river lake gulf bay
    strait channel island islands isles peninsula cape coast desert mount mountain mountains hill hills
    valley falls forest park garden gardens beach street road avenue square bridge castle palace tower
    gate hall house houses home city town village county district province region state states territory
    republic kingdom empire union federation commonwealth nation nations country emirates arabia africa
    america americas asia europe antarctica arctic atlantic pacific mediterranean caspian aegean baltic
    caribbean black red white green blue yellow golden gold silver holy royal imperial national
    international federal foreign interior defense defence security intelligence service services
    president prime minister ministers ministry king queen prince princess emperor sultan pope duke lord
    lady sir mr mrs ms miss dr doctor professor judge justice senator senators representative
    representatives congressman congresswoman chancellor governor general colonel captain major
    lieutenant sergeant admiral officer chief chair chairman chairwoman director secretary deputy vice
    head leader speaker spokesman spokeswoman ambassador attorney prosecutor mayor commander
    commissioner superintendent inspector agent agents member members player judges congress senate
    parliament assembly council court courts committee subcommittee commission department office agency
    bureau authority board cabinet government administration institute institution university college
    school academy hospital museum library church cathedral mosque temple center centre club team league
    cup championship championships games olympics olympic tournament masters open prix race association
    organization organisation group company corporation bank fund trust foundation society network
    system program programme project plan act law bill treaty agreement convention constitution charter
    article category army navy air force forces fleet marine marines police guard corps war wars battle
    revolution resistance liberation spring summer autumn winter fall festival fair democrat democrats
    democratic republican republicans conservative conservatives labour labor liberal social socialist
    communist nazi party parties caucus judiciary supreme electoral minority majority news post daily
    journal press radio television broadcasting weather storm hurricane typhoon earthquake health
    education science sciences technology research medical medicine arts history heritage culture
    economy economic finance financial treasury trade commerce industry energy environment transport
    transportation airport airlines airways airline station railway line lines highway port harbour
    harbor god jesus christ christian christians muslim muslims islam jew jews jewish bible testament
    koran quran buddhist hindu sikh catholic catholics protestant orthodox arab arabs english french
    german germans germany france britain british england welsh wales scottish scotland irish ireland
    spanish spain italian italy greek greeks greece dutch netherlands holland belgium belgian belgians
    swiss switzerland austria austrian sweden swedish norway norwegian denmark danish finland finnish
    poland polish hungary hungarian czech czechoslovakia croatia croatian albania albanian russian
    russia russians soviet ukraine ukrainian turk turks turkish turkey egypt egyptian egyptians syrian
    syrians syria lebanon lebanese jordan iraq iraqi iran iranian israel israeli palestinian
    palestinians palestine saudi emirati morocco algeria tunisia libya sudan ethiopia india indian
    indians china chinese japan japanese korea korean koreans thailand thai philippines indonesian
    cyprus georgia georgian armenia armenian azerbaijan azerbaijani mexico mexican brazil chile
    ecuadorian american americans australia australian african european europeans asian western-style
    cairo jerusalem athens damascus aleppo beijing moscow vienna warsaw venice rome geneva nervous
    family children women men people public private people's love look game check final annual monitor
    memorial building discovery human rights affairs relief business life death fire light water waters
    space body brother sister mother father baby boy girl friend the a an of and for in on at to by with
    from as it its he she they we our his her i my this that these those there then when who what why
    how not no yes never really ever all any some more most after before about street's captain's
    him them himself herself itself myself yourself yourselves themselves ourselves you your ours me whom
    messenger prophet almighty creator protector exalted merciful might scripture book paradise hell
    pleasure conquest tomb circus survivor control metro observatory download coefficient figure table
    section chapter volume roman romans cuban cubans venezuelans zealand slavic slavs berber kurd kurds
    kurdish serb serbs croat croats dane danes swede swedes finn finns scot scots
    internet web site online committee's oversight reserve disorder drivers driver hemisphere pole
    venture bomber island's mission brexit assessment emergency safety animals cesarean children's
    youth""".split()
_TURKISH = """
    ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık pazartesi salı çarşamba
    perşembe cuma cumartesi pazar noel ramazan kurban bayramı paskalya kuzey güney doğu batı orta yeni
    eski büyük küçük kuzeydoğu kuzeybatı güneydoğu güneybatı yüksek dünya ay güneş yer deniz denizi
    okyanusu okyanus nehri nehir gölü göl körfezi boğazı adası adaları ada adalar yarımadası dağı
    dağları çölü vadisi ormanı parkı bahçesi caddesi sokağı meydanı köprüsü sarayı kalesi kulesi kapısı
    evi şehri kenti köyü ili ilçesi bölgesi eyaleti eyalet devleti devletleri devlet cumhuriyeti
    krallığı krallık imparatorluğu birliği birlik birleşik milletler milletleri federasyonu amerika
    amerikalı amerikan amerikalılar avrupa avrupalı asya afrika afrikalı antarktika arktik atlas
    atlantik pasifik akdeniz karadeniz ege hazar baltık karayip kara ak kızıl beyaz siyah mavi yeşil
    ulusal uluslararası milli federal dış iç dışişleri içişleri savunma güvenlik istihbarat başkan
    başkanı başbakan başbakanı bakan bakanı bakanlığı cumhurbaşkanı kral kraliçe kralı kraliçesi prens
    prenses sultan papa dük lord leydi sayın bay bayan dr prof profesör hakim yargıç senatör temsilci
    temsilciler milletvekili şansölye vali general albay yüzbaşı binbaşı amiral müdür müdürü şef şefi
    lider lideri sözcü sözcüsü büyükelçi büyükelçisi savcı savcısı komutan komutanı kongre kongresi
    senato senatosu parlamento parlamentosu meclis meclisi konsey konseyi mahkeme mahkemesi komite
    komitesi komisyon komisyonu dairesi ofisi ajansı bürosu kurumu kurulu kurul kabine hükümet hükümeti
    enstitü enstitüsü üniversite üniversitesi okulu kolej koleji akademi akademisi hastane hastanesi
    müze müzesi kütüphanesi kilise kilisesi katedrali cami camii tapınağı merkezi merkez kulübü takımı
    ligi kupası şampiyonası oyunları olimpiyat olimpiyatları turnuvası yarışı derneği örgütü grubu
    şirketi bankası fonu vakfı topluluğu ağı sistemi programı projesi planı yasası yasa anlaşması
    antlaşması sözleşmesi anayasa anayasası ordusu ordu donanması donanma hava kuvvetleri polis polisi
    muhafız savaşı savaş devrimi direnişi kurtuluş festivali fuarı demokrat demokratlar demokratik
    cumhuriyetçi cumhuriyetçiler muhafazakar muhafazakâr işçi liberal sosyal sosyalist komünist nazi
    parti partisi partili adalet yargı seçim haber haberleri gazetesi dergisi radyo televizyon kanalı
    fırtınası kasırga kasırgası deprem sağlık eğitim bilim bilimleri teknoloji araştırma tıp sanat tarih
    miras kültür ekonomi maliye ticaret sanayi enerji çevre ulaştırma havaalanı havalimanı havayolları
    istasyonu demiryolu hattı otoyolu limanı tanrı allah isa mesih hristiyan hıristiyan müslüman islam
    yahudi incil kuran kur'an budist hindu katolik protestan ortodoks arap araplar ingiliz ingilizce
    ingiltere fransız fransızca fransa alman almanlar almanya almanca britanya galler galli galce iskoç
    iskoçya irlanda irlandalı ispanyol ispanyolca ispanya italyan italya yunan yunanlı yunanistan
    hollanda hollandalı belçika belçikalı isviçre isviçreli avusturya avusturyalı isveç isveçli norveç
    norveçli danimarka finlandiya polonya polonyalı macar macaristan çek çekoslovakya hırvat hırvatistan
    arnavut arnavutluk rus ruslar rusya sovyet ukrayna ukraynalı türk türkler türkçe türkiye mısır
    mısırlı suriye suriyeli lübnan ürdün irak iraklı iran iranlı israil israilli filistin filistinli
    suudi arabistan fas cezayir tunus libya sudan habeş etiyopya hint hintli hindistan çin çinli çince
    japon japonya japonca kore koreli tayland filipinler endonezya endonezyalı kıbrıs gürcistan gürcü
    ermeni ermenistan azeri azerbaycan meksika meksikalı brezilya şili ekvador avustralya avustralyalı
    kahire kudüs atina şam halep pekin moskova viyana varşova venedik roma cenevre londra kızılderili bu
    bir ve ile için de da o ben biz siz onlar ne nasıl ama ancak ayrıca sonra önce ilk ikinci üçüncü yıl
    yılı gün günü saat yüzyıl insan insanlar hakları işleri kadın erkek çocuk çocuklar aile aşk kış yaz
    bahar sonbahar ilkbahar şehir ülke ülkeler hanım bey çarpışma acil durum genel özel kamu halk yol su
    ışık ateş uzay rabbi peygamber firavun cennet cehennem kitap mezar mezarı tapınak gözlemevi belediye
    belediyesi hizmet hizmeti sonda sondası bölüm şekil tablo madde dolar sterlin avro romalı kübalı kürt
    kürtler sırp bulgar""".split()
TRANSLATED = {"en": frozenset(_ENGLISH), "tr": frozenset(_TURKISH)}
ENDINGS = {
    "en": re.compile(
        "..(?:[ts]ions?|ments?|ness|ity|ings?|is[mt]s?|ish|[ie]ans?|icans?|ese|[ea]nces?|ship|hood|ers|[io]cs|ogy|ful|less"
        "|ous|ive|[ie]al|[ai]ble|ory|ways|ria|nia)$"
    ),
    "tr": re.compile(
        "..l[ae]r|..l[ıiuü][kğ]|..[cç][ıiuü]|..s[ıiuü]z|l[ıiuü]$|[cç][ae]$|d[ae]n?k?i?$|..(?:izm|ji|oloj)"
    ),
}
